// What the page does with what it was handed: asking the server, the address, saving, keys.
// State lives in the address; nothing is sent anywhere but to the server that the page came from.

const STEPS = 10;
const ARRAYS = { uint32: Uint32Array, float64: Float64Array };
let m = null, c = null; // Bokeh's models by name; the content
const VIEWS = [];
const state = { plane: 0, cell: null, ends: [], point: null, pair: [], slider: 0, applying: false, wanted: null };
const asked = { number: 0, strip: 0, busy: false, again: false, at: 0 };

function ask(what) {
  asked.number += 1;
  m.ask.data = { json: [JSON.stringify({ ...what, number: asked.number })] };
  return asked.number;
}

function answer() {
  const { json } = m.answer.data;
  // plain arrays, since subarray of Bokeh's fails
  const pixels = m.answer.data.pixels.map((one) => new ARRAYS[one.dtype](one.buffer, one.byteOffset, one.length));
  const said = JSON.parse(json[0]);
  if (said.about === "refused") { say(said.text); asked.busy = false; state.wanted = null; return; }
  if (said.about === "step") {
    if (said.number !== asked.strip) return;
    drawStep(said.strip, said.k, pixels[0]);
    underStrip(said.strip, said.under);
  } else if (said.about === "progress") say(said.text);
  else if (said.about === "plane") {
    const there = c.planes.findIndex((p) => p.spec === said.plane.spec && p.label === said.plane.label);
    if (there < 0) c.planes.push(ready(said.plane)); else c.planes[there] = ready(said.plane);
    say("");
    const wanted = state.wanted && state.wanted.spec === said.plane.spec ? state.wanted : null;
    state.wanted = null;
    if (wanted && wanted.cell !== null) state.cell = wanted.cell;
    showPlane(there < 0 ? c.planes.length - 1 : there);
    if (wanted && wanted.ends.length) { state.ends = wanted.ends; planePath(); }
  } else if (said.about === "place") {
    m.data_points.data = { ...m.data_points.data, x: pixels[0], y: pixels[1] };
    c.points.method = said.method;
    say("");
    fitData(); centres(); showPoint(state.point); drawPair();
  } else if (said.about === "sliders") {
    asked.busy = false;
    showSliders(said, pixels);
    if (asked.again) { asked.again = false; slid(); }
  }
}

// the address

let writing = null;
function later() { clearTimeout(writing); writing = setTimeout(write, 150); }

function write() {
  if (!m || state.applying) return;
  const out = new URLSearchParams(), p = c.planes.length ? plane() : null;
  out.set("view", VIEWS[m.tabs.active]);
  if (p) {
    out.set("plane", p.spec);
    if (c.labels.length) out.set("label", c.labels[p.label]);
    if (state.cell !== null) out.set("cell", state.cell);
    if (state.ends.length) out.set("ends", state.ends.join(","));
    if (m.plane_ground.active) out.set("ground", m.plane_ground.labels[m.plane_ground.active]);
  }
  if (state.point !== null) out.set("row", c.points.rows[state.point]);
  if (state.pair.length) out.set("path", state.pair.map((k) => c.points.rows[k]).join(","));
  if (m.data_path_kind.active) out.set("how", "spherical");
  out.set("projection", c.points.method);
  out.set("colour", m.data_colour.value);
  if (m.slider0 && sliders().some((s, k) => s.value !== c.start.at[k])) out.set("v", sliders().map((s) => s.value.toFixed(2)).join(","));
  const text = "#" + out.toString().replace(/%2C/g, ",").replace(/%3A/g, ":");
  if (text !== location.hash) history.replaceState(null, "", text);
}

function read() {
  const from = new URLSearchParams(location.hash.slice(1));
  const list = (key) => (from.get(key) || "").split(",").filter((s) => s !== "").map(Number).filter(Number.isFinite);
  const pointsOf = (rows) => rows.map((r) => c.points.rows.indexOf(r)).filter((k) => k >= 0);
  state.applying = true;
  const view = VIEWS.indexOf(from.get("view"));
  if (view >= 0) m.tabs.active = view;
  if (m.data_colour.options.includes(from.get("colour"))) m.data_colour.value = from.get("colour");
  if (from.get("how") === "spherical" && c.live) m.data_path_kind.active = 1;
  const [row] = pointsOf(list("row"));
  const pair = pointsOf(list("path")).slice(0, 2);
  const v = list("v");
  if (m.slider0) sliders().forEach((s, k) => { s.value = onSlider(s, v[k] === undefined ? c.start.at[k] : v[k]); });
  if (m.plane_ground && c.names.length) m.plane_ground.active = Math.max(0, m.plane_ground.labels.indexOf(from.get("ground")));
  const cells = [...list("cell").slice(0, 1), ...list("ends").slice(0, 2)];
  const good = cells.every((k) => Number.isInteger(k) && k >= 0 && k < c.n * c.n);
  state.applying = false;
  if (c.planes.length) {
    const spec = from.get("plane"), label = Math.max(0, c.labels.indexOf(from.get("label")));
    const there = c.planes.findIndex((p) => p.spec === spec && p.label === (c.labels.length ? label : 0));
    if (good && from.has("cell")) state.cell = cells[0];
    showPlane(Math.max(0, there));
    state.wanted = null;
    if (spec && there < 0) { // its path is drawn when the plane arrives
      if (c.live && good) state.wanted = { spec, cell: from.has("cell") ? cells[0] : null, ends: list("ends").slice(0, 2) };
      askPlane(spec, label);
    } else if (good && from.has("ends")) { state.ends = list("ends").slice(0, 2); planePath(); }
  }
  colour();
  showPoint(row === undefined ? state.point || 0 : row);
  if (pair.length && c.points.encoded) { state.pair = pair; drawPair(); } else clearPath("data");
  const method = from.get("projection");
  if (method && method !== c.points.method) { if (c.live && m.data_method.options.includes(method)) m.data_method.value = method; else say(`this file holds no projection ${method}`); }
  if (m.slider0) slid();
}

function changed() {
  if (!m || state.applying) return;
  if (c.planes.length) ground();
  colour();
  later();
}

// saving

const PARTS = {
  plane: ["plane", "plane_image", "plane_chances", "plane_strip"],
  data: ["data", "data_original", "data_again", "data_strip"],
  sliders: ["true", "generated", "sliders_chances"],
};

function save(view) {
  const views = PARTS[view].filter((name) => m[name]).map((name) => Bokeh.index.find_one(m[name])).filter(Boolean);
  const boxes = views.map((one) => one.el.getBoundingClientRect());
  const left = Math.min(...boxes.map((b) => b.left)), top = Math.min(...boxes.map((b) => b.top));
  const ratio = window.devicePixelRatio || 1, room = 8, foot = 24, canvas = document.createElement("canvas");
  canvas.width = ratio * (Math.max(...boxes.map((b) => b.right)) - left + 2 * room);
  canvas.height = ratio * (Math.max(...boxes.map((b) => b.bottom)) - top + 2 * room + foot);
  const to = canvas.getContext("2d");
  to.fillStyle = "white";
  to.fillRect(0, 0, canvas.width, canvas.height);
  views.forEach((one, k) => to.drawImage(one.export("png").canvas, ratio * (boxes[k].left - left + room), ratio * (boxes[k].top - top + room)));
  to.fillStyle = "#222222";
  to.font = `${12 * ratio}px sans-serif`;
  to.fillText(caption(view), ratio * room, canvas.height - ratio * room);
  canvas.toBlob((blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = `${c.name.replace(/\.pt$/, "").replace(/[^\w.-]+/g, "-")}-${view}.png`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    say(`saved ${link.download}`);
  });
}

function caption(view) {
  const what = `${c.name} (${c.kind}, L = ${c.latent})`;
  if (view === "sliders") return `${what}: ${sliders().map((s) => `${s.title.split(" = ")[0]} ${s.value.toFixed(2)}`).join(", ")}`;
  const p = c.points;
  if (view === "data" && state.point !== null && p.params) return `${what}: ${p.paramNames.map((one, j) => `${one} ${p.params[state.point][j].toFixed(3)}`).join(", ")}`;
  return what;
}

// the keyboard

function key(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || !m) return;
  const target = event.composedPath()[0], typing = /^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName);
  const held = target.classList && target.classList.contains("noUi-handle");
  if (typing) return;
  const view = VIEWS[m.tabs.active], arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
  const number = { 1: "plane", 2: "data", 3: "sliders" }[event.key];
  if (number && VIEWS.includes(number)) m.tabs.active = VIEWS.indexOf(number);
  else if (event.key === "s") save(view);
  else if (event.key in arrows && !held) arrow(view, ...arrows[event.key], event.shiftKey ? 5 : 1);
  else if (view === "plane" && c.planes.length && event.key === "p") showPlane((state.plane + 1) % c.planes.length);
  else if (view === "plane" && c.names.length && event.key === "b") m.plane_ground.active = (m.plane_ground.active + 1) % 3;
  else if (event.key === "Enter" && !/BUTTON/.test(target.tagName) && view === "plane" && c.planes.length) chooseCell(state.cell);
  else if (event.key === "Enter" && !/BUTTON/.test(target.tagName) && view === "data" && state.point !== null) choosePoint(state.point);
  else if (event.key === "Escape" && view === "plane" && c.planes.length) { state.ends = []; planePath(); }
  else if (event.key === "Escape" && view === "data") { state.pair = []; clearPath("data"); later(); }
  else if (view === "sliders" && ["0", "r", "m"].includes(event.key)) slideTo({ 0: "start", r: "random", m: "map" }[event.key]);
  else return;
  event.preventDefault();
}

function arrow(view, dx, dy, by) {
  if (view === "plane" && c.planes.length) {
    const clamp = (k) => Math.min(c.n - 1, Math.max(0, k));
    showCell(clamp(Math.floor(state.cell / c.n) - dy * by) * c.n + clamp(state.cell % c.n + dx * by));
  } else if (view === "data" && state.point !== null) { // the nearest that lies that way
    const { x, y } = m.data_points.data;
    const k = nearest(x[state.point], y[state.point], (ax, ay) => { const on = ax * dx + ay * dy; return on > 1e-9 && on >= Math.abs(ax * dy) + Math.abs(ay * dx); });
    if (k !== null) showPoint(k);
  } else if (view === "sliders" && m.slider0) {
    const all = sliders();
    if (dy) { state.slider = (state.slider - dy + all.length) % all.length; say(`slider ${state.slider + 1}: left and right move it`); }
    else { const s = all[state.slider]; s.value = onSlider(s, Number((s.value + dx * 0.25 * by).toFixed(2))); }
  }
}

// the beginning

function start(models, content) {
  m = models;
  c = content;
  c.planes = c.planes.map(ready);
  c.shown = { originals: new Strips(c.points.originals, c.points.per) };
  if (c.points.again) c.shown.again = new Strips(c.points.again, c.points.per);
  if (c.attractor && c.attractor.true) {
    c.shown.true = new Strips(c.attractor.true, c.attractor.steps[0].length);
    if (c.attractor.generated) c.shown.generated = new Strips(c.attractor.generated, c.attractor.steps[0].length);
  }
  for (const tab of m.tabs.tabs) VIEWS.push(tab.child.name);
  document.addEventListener("keydown", key);
  window.addEventListener("hashchange", read);
  fit();
  fitData();
  read();
  document.documentElement.dataset.ready = "yes";
}

return { start, lost: () => say("the server has ended: start it again and reload"), answer, changed, planeMove, planeTap, planeChosen, planeAsked, dataMove, dataTap, pathChanged, methodChosen, slid, slideTo, save, state, models: () => m };
