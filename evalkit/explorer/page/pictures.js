// Images: strips of many, decoded by the browser when one is needed, drawn into Bokeh's sources.

const scratch = document.createElement("canvas").getContext("2d", { willReadFrequently: true });

class Strips {
  constructor(uris, per) {
    this.per = per;
    this.images = uris.map((uri) => { const image = new Image(); image.src = uri; return image; });
  }
  // calls done(pixels) now where the strip is there, else when it is
  at(k, done) {
    const image = this.images[Math.floor(k / this.per)], side = c.side;
    if (!image.complete || !image.naturalWidth) { image.decode().then(() => this.at(k, done)); return; }
    scratch.canvas.width = scratch.canvas.height = side;
    scratch.drawImage(image, (k % this.per) * side, 0, side, side, 0, 0, side, side);
    done(new Uint32Array(scratch.getImageData(0, 0, side, side).data.buffer));
  }
}

function draw(name, pixels) {
  const source = m[`${name}_pixels`];
  if (!source) return;
  source.data.image[0].set(pixels);
  source.change.emit();
}

function drawStep(name, k, pixels) { // one image of a path
  const source = m[`${name}_pixels`], into = source.data.image[0], side = c.side;
  for (let y = 0; y < side; y++)
    into.set(pixels.subarray(y * side, (y + 1) * side), (y * STEPS + k) * side);
  source.change.emit();
}

function clearStrip(name, text) {
  m[`${name}_pixels`].data.image[0].fill(0xfff4f4f4);
  m[`${name}_pixels`].change.emit();
  underStrip(name, Array(STEPS).fill(" "));
  title(name, text);
}

function underStrip(name, texts) {
  const labels = new Map(texts.map((text, k) => [k + 0.5, text || " "]));
  m[name].below[0].major_label_overrides = labels;
}

const escaped = (text) => text.replace(/[&<>"']/g, (letter) => `&#${letter.charCodeAt(0)};`);
const percent = (share) => `${Math.round(100 * share)}%`;
const short = (x) => (Math.abs(x) < 0.005 ? 0 : x).toFixed(2);
const titles = {}; // as they are before they are broken into lines
function title(figure, text) {
  titles[figure] = text || " ";
  m[figure].title.text = wrapped(titles[figure], m[figure].frame_width);
}

function wrapped(text, width) {
  scratch.font = "12px sans-serif";
  const lines = [""];
  for (const word of text.split(" ")) {
    const longer = lines.at(-1) ? `${lines.at(-1)} ${word}` : word;
    if (lines.at(-1) && scratch.measureText(longer).width > width) lines.push(word); else lines[lines.length - 1] = longer;
  }
  return lines.join("\n") || " ";
}
const say = (text) => { document.getElementById("said").textContent = text; };
