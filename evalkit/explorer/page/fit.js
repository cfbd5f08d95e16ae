// Sizes: figures fill the window at any width; the frames of images stay square.

const STACKED = 760; // px: in a narrower window all things stand below each other
const BARS = 220; // px beside an image for the bars of its classes
const AXES = 96, BAR = 78, HEAD = 26, GAP = 18; // px that a map's axes and tools, its bar of colours, a title and gaps take
const MAPS = ["plane", "data"]; // figures with axes, which find their own size
const between = (low, value, high) => Math.floor(Math.max(low, Math.min(value, high)));

function frame(name, width, height = width) {
  if (!m[name]) return;
  const top = width < 420 ? 40 : 24; // titles of narrow figures take two lines
  const size = { frame_width: Math.floor(width), frame_height: Math.floor(height), min_border_top: top };
  // without a size of its own, a picture is stretched over its room, and its canvas shows a part of it
  const outer = MAPS.includes(name) ? {} : { sizing_mode: "fixed", width: size.frame_width + 4, height: size.frame_height + top + 2 };
  m[name].setv({ ...size, ...outer });
}

function fit() {
  if (!m) return;
  const outside = [...document.querySelectorAll("header, footer")].reduce((sum, one) => sum + one.offsetHeight + 8, 44);
  const wide = document.querySelector("main").clientWidth - 4, high = Math.max(420, window.innerHeight - outside);
  const stacked = wide < STACKED;
  for (const name of MAPS) {
    if (!m[name]) continue;
    const axes = AXES + (name === "data" && c.points.params ? BAR : 0);
    const side = stacked ? wide - axes : between(200, 0.54 * wide - axes, high - HEAD - 60);
    const beside = stacked ? wide : wide - side - axes - GAP;
    frame(name, side);
    m[`${name}_beside`].width = Math.floor(beside);
    frame(`${name}_strip`, beside - GAP, (beside - GAP) / STEPS);
    const rest = high - (beside - GAP) / STEPS - 200; // what controls, titles and the path leave
    if (name === "plane") fitPlane(beside, rest, stacked);
    else {
      const count = m.data_again ? 2 : 1, most = (beside - GAP) / count - 6;
      for (const one of ["data_original", "data_again"]) frame(one, stacked ? most : between(120, rest - 20, most));
    }
  }
  if (m.sliders_beside) fitSliders(wide, high, stacked);
  for (const [name, text] of Object.entries(titles)) title(name, text);
}

function fitPlane(beside, rest, stacked) {
  const bars = m.plane_chances, besides = bars && beside >= 480, below = bars && !besides;
  const most = beside - GAP - (besides ? BARS : 0);
  const image = stacked ? most : between(160, rest - (below ? 210 : 0), most);
  frame("plane_image", image);
  if (bars) bars.setv({ width: Math.floor(besides ? beside - image - GAP - 12 : beside - GAP), frame_height: Math.floor(besides ? image - 24 : 160) });
}

function fitSliders(wide, high, stacked) {
  const names = ["true", "generated", "sliders_chances"].filter((name) => m[name]), count = names.length;
  const room = stacked ? wide - GAP : (wide - 280 - GAP) / count - 8;
  const side = stacked ? room : between(120, room, high - HEAD - 16);
  m.sliders_beside.width = Math.floor(stacked ? wide - GAP : wide - count * (side + 8) - GAP);
  for (const name of names) {
    if (name === "sliders_chances") m[name].setv({ width: Math.floor(side), frame_height: Math.floor(Math.min(side, 400)) });
    else frame(name, side);
  }
}

let fitting = null;
window.addEventListener("resize", () => { cancelAnimationFrame(fitting); fitting = requestAnimationFrame(fit); });
