// The plane: images decoded beforehand, what the classifier calls them, a straight path.

function ready(plane) { return { ...plane, shown: new Strips(plane.strips, c.n) }; }
const plane = () => c.planes[state.plane];
const cellOn = (p) => (p.high - p.low) / (c.n - 1);
const cellSize = () => cellOn(plane());

function showPlane(k) {
  state.plane = k;
  const p = plane(), room = cellSize() / 2, start = p.low - room, end = p.high + room;
  m.plane_which.options = c.planes.map((one, i) => [String(i), one.title]);
  m.plane_which.value = String(k);
  if (m.plane_label) m.plane_label.value = c.labels[p.label];
  m.plane_mosaic.data = { url: [p.mosaic], x: [(start + end) / 2], y: [(start + end) / 2], w: [end - start], h: [end - start] };
  const names = p.called ? p.regions : [];
  m.plane_names.data = { x: names.map((r) => r[0]), y: names.map((r) => r[1]), text: names.map((r) => c.short[r[2]]) };
  const [x0, y0, x1, y1] = p.called && p.borders.length ? p.borders : [[], [], [], []];
  m.plane_lines.data = { x0, y0, x1, y1 };
  m.plane_places.data = p.places || { x: [], y: [], text: [], dx: [], dy: [], align: [] };
  for (const [range, axis, text] of [[m.plane.x_range, m.plane.below[0], p.x], [m.plane.y_range, m.plane.left[0], p.y]]) {
    range.setv({ start, end, reset_start: start, reset_end: end });
    axis.axis_label = text;
  }
  title("plane", `${p.title}, ${c.n} x ${c.n} images${p.called ? "; lines: the classifier's answer changes" : ""}`);
  ground();
  state.ends = [];
  clearPath("plane");
  showCell(state.cell === null ? Math.floor(c.n / 2) * c.n + Math.floor(c.n / 2) : state.cell);
  changed();
}

function ground() {
  const p = plane(), how = m.plane_ground.active, tint = m.plane_tint;
  const pixels = tint.data.image[0];
  pixels.fill(0);
  if (p.called && how > 0) {
    const full = how === 1 ? 255 : 130, classes = c.names.length;
    p.called.forEach((label, k) => {
      const colour = parseInt(c.colours[label % c.colours.length].slice(1), 16);
      const chance = p.chances[k * classes + label];
      const paper = how === 1 ? 1 - (0.15 + 0.85 * chance) : 0; // pale where it is unsure
      const mix = (shift) => Math.round(((colour >> shift) & 255) * (1 - paper) + 255 * paper);
      pixels[k] = ((Math.round(how === 1 ? 255 : full * chance) << 24) | (mix(0) << 16) | (mix(8) << 8) | mix(16)) >>> 0;
    });
  }
  tint.data.x[0] = tint.data.y[0] = (p.low + p.high) / 2;
  tint.data.w[0] = p.high - p.low + cellSize();
  tint.change.emit();
}

function placeOf(cell) {
  const p = plane(), d = cellSize();
  return [p.low + (cell % c.n) * d, p.high - Math.floor(cell / c.n) * d];
}

function cellOf(p, x, y) {
  const d = cellOn(p), clamp = (k) => Math.min(c.n - 1, Math.max(0, k));
  return clamp(Math.round((p.high - y) / d)) * c.n + clamp(Math.round((x - p.low) / d));
}
const cellAt = (x, y) => cellOf(plane(), x, y);

function showCell(cell) {
  if (!c.planes.length) return;
  state.cell = cell;
  const p = plane(), [x, y] = placeOf(cell), d = cellSize();
  p.shown.at(cell, (pixels) => { if (state.cell === cell && plane() === p) draw("plane_image", pixels); });
  m.plane_cursor.data = { x: [x], y: [y], w: [d] };
  let text = `(${short(x)}, ${short(y)})`;
  if (p.called) {
    const classes = c.names.length, row = p.chances.slice(cell * classes, (cell + 1) * classes);
    text = `${c.names[p.called[cell]]}, ${percent(row[p.called[cell]])} certain, at ${text}`;
    m.plane_chances_bars.data = { ...m.plane_chances_bars.data, chance: row.slice(0, m.plane_chances_bars.data.name.length) };
  }
  title("plane_image", text);
  later();
}

function planePath() {
  const ends = state.ends.map(placeOf);
  m.plane_path.data = { x: ends.map((e) => e[0]), y: ends.map((e) => e[1]) };
  if (ends.length < 2) { clearStrip("plane_strip", ends.length ? "choose where the path ends" : hint("place")); later(); return; }
  const p = plane();
  const between = Array.from({ length: STEPS }, (_, k) => ends[0].map((a, j) => a + (ends[1][j] - a) * k / (STEPS - 1)));
  clearStrip("plane_strip", c.live ? "the straight path" : "the straight path, by the images of the plane nearest to it");
  if (c.live) { asked.strip = ask({ about: "between", spec: p.spec, label: p.label, places: between }); later(); return; }
  const cells = between.map(([x, y]) => cellAt(x, y));
  cells.forEach((cell, k) => p.shown.at(cell, (pixels) => drawStep("plane_strip", k, pixels)));
  if (p.called) underStrip("plane_strip", cells.map((cell) => c.short[p.called[cell]].slice(0, 8)));
  later();
}

const hint = (what) => `click two ${what}s (or Enter on each) for the path between them`;

function clearPath(view) {
  m[`${view}_path`].data = { x: [], y: [] };
  clearStrip(`${view}_strip`, view === "data" && !c.points.encoded ? `${c.kind} has no encoder: no path between data` : hint(view === "plane" ? "place" : "point"));
}

function chooseCell(cell) {
  state.ends = state.ends.length === 1 ? [state.ends[0], cell] : [cell];
  planePath();
}

const inside = (range, value) => value >= Math.min(range.start, range.end) && value <= Math.max(range.start, range.end);
const within = (event, figure) => inside(figure.x_range, event.x) && inside(figure.y_range, event.y);
function planeMove(event) { if (m && c.planes.length && within(event, m.plane)) { const cell = cellAt(event.x, event.y); if (cell !== state.cell) showCell(cell); } }
function planeTap(event) { if (c.planes.length && within(event, m.plane)) { const cell = cellAt(event.x, event.y); showCell(cell); chooseCell(cell); } }

function planeChosen(widget) {
  if (state.applying) return;
  const label = m.plane_label ? c.labels.indexOf(m.plane_label.value) : 0;
  const wanted = c.planes[Number(m.plane_which.value)];
  if (widget === m.plane_label && wanted.label !== label) {
    const there = c.planes.findIndex((p) => p.spec === wanted.spec && p.label === label);
    if (there >= 0) showPlane(there);
    else if (c.live) ask({ about: "plane", spec: wanted.spec, label });
    else { say(`this file holds no plane of label ${m.plane_label.value}`); m.plane_label.value = c.labels[wanted.label]; }
  } else if (Number(m.plane_which.value) !== state.plane) showPlane(Number(m.plane_which.value));
}

function planeAsked(widget) {
  const spec = widget.value.trim().replace(/\s*,\s*/g, ",");
  if (!spec) return;
  const label = m.plane_label ? c.labels.indexOf(m.plane_label.value) : 0;
  askPlane(spec, label);
}

function askPlane(spec, label) {
  const there = c.planes.findIndex((p) => p.spec === spec && p.label === label);
  if (there >= 0) showPlane(there);
  else if (c.live) { say(`decoding ${spec} ...`); ask({ about: "plane", spec, label }); }
  else say(`this file holds no plane ${spec}`);
}
