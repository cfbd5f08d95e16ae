// The map of the data: image, reconstruction, facts, and the path between two points.

function fitData() {
  const { x, y } = m.data_points.data;
  for (const [range, values] of [[m.data.x_range, x], [m.data.y_range, y]]) {
    const low = Math.min(...values), high = Math.max(...values), room = 0.04 * (high - low || 1);
    range.setv({ start: low - room, end: high + room, reset_start: low - room, reset_end: high + room });
  }
  const flat = c.latent === 2 && c.points.encoded && c.points.method === "pca";
  const axis = { pca: "principal component", tsne: "t-SNE", umap: "UMAP" }[c.points.method];
  const strip = c.latent === 1 && c.points.encoded && c.points.item === "row"; // beside z0 they lie at random
  m.data.below[0].axis_label = flat || strip ? "z0" : `${axis} 1`;
  m.data.left[0].axis_label = strip ? "at random" : flat ? "z1" : `${axis} 2`;
  title("data", flat ? `${c.points.what}, ${c.points.rows.length} of them` : `${c.points.what}, ${c.points.rows.length} of them, by ${c.points.method}`);
}

function centres() { // names where their points are, so that colour is not needed
  const { x, y } = m.data_points.data, found = { x: [], y: [], text: [] };
  const middle = (values) => values.sort((a, b) => a - b)[Math.floor(values.length / 2)];
  if (m.data_colour.value === "class") c.points.short.forEach((name, label) => {
    const mine = c.points.labels.flatMap((l, k) => (l === label ? [k] : []));
    if (mine.length) { found.x.push(middle(mine.map((k) => x[k]))); found.y.push(middle(mine.map((k) => y[k]))); found.text.push(name); }
  });
  m.data_centres.data = found;
}

function colour() {
  const column = c.points.paramNames.indexOf(m.data_colour.value);
  m.data_by_class.visible = column < 0;
  m.data_by_value.visible = m.data_bar.visible = column >= 0;
  if (column >= 0) {
    const value = c.points.params.map((row) => row[column]);
    m.data_points.data = { ...m.data_points.data, value };
    m.data_mapper.setv({ low: Math.min(...value), high: Math.max(...value) });
    m.data_bar.title = m.data_colour.value;
  }
  centres();
}

function showPoint(k) {
  if (k === null || k >= c.points.rows.length) return;
  state.point = k;
  const p = c.points, { x, y } = m.data_points.data;
  m.data_cursor.data = { x: [x[k]], y: [y[k]] };
  const shown = (name) => (pixels) => { if (state.point === k) draw(name, pixels); };
  c.shown.originals.at(k, shown("data_original"));
  if (c.shown.again) c.shown.again.at(k, shown("data_again"));
  const name = p.labels[k] >= 0 ? `: ${p.names[p.labels[k]]}` : "";
  title("data_original", `${p.item} ${p.rows[k]}${name}`);
  if (m.data_again) title("data_again", `its reconstruction, RMSE ${p.rmse[k].toFixed(3)}`);
  m.data_facts.text = p.params ? p.paramNames.map((one, j) => `${escaped(one)}&nbsp;${p.params[k][j].toFixed(3)}`).join(" &ensp; ") : "";
  later();
}

function nearest(px, py, allowed) { // on the screen, not in units of the axes
  const { x, y } = m.data_points.data, rx = m.data.x_range, ry = m.data.y_range;
  const wide = Math.abs(rx.end - rx.start), high = Math.abs(ry.end - ry.start);
  let best = null, least = Infinity;
  for (let k = 0; k < x.length; k++) {
    const dx = (x[k] - px) / wide, dy = (y[k] - py) / high, d = dx * dx + dy * dy;
    if (d < least && (!allowed || allowed(dx, dy))) { least = d; best = k; }
  }
  return best;
}

function dataMove(event) { if (m && within(event, m.data)) { const k = nearest(event.x, event.y); if (k !== state.point) showPoint(k); } }
function dataTap(event) { if (within(event, m.data)) { const k = nearest(event.x, event.y); showPoint(k); choosePoint(k); } }

function choosePoint(k) {
  if (!c.points.encoded) return;
  state.pair = state.pair.length === 1 ? [state.pair[0], k] : [k];
  drawPair();
}

function drawPair() {
  if (!state.pair.length) return;
  const p = c.points, { x, y } = m.data_points.data, [a, b] = state.pair;
  m.data_path.data = { x: state.pair.map((k) => x[k]), y: state.pair.map((k) => y[k]) };
  if (b === undefined) { clearStrip("data_strip", `from row ${p.rows[a]}: choose where the path ends`); later(); return; }
  const how = ["linear", "spherical"][m.data_path_kind.active], ends = `from row ${p.rows[a]} to row ${p.rows[b]}`;
  if (c.live) {
    clearStrip("data_strip", `the ${how} path ${ends}`);
    asked.strip = ask({ about: "path", from: a, to: b, how });
  } else { // no decoder in a file: of the images in it, those nearest to the path
    const steps = Array.from({ length: STEPS }, (_, k) => p.codes[a].map((v, j) => v + (p.codes[b][j] - v) * k / (STEPS - 1)));
    const whole = c.latent === 2 && c.planes.find((one) => one.spec === "axes:0,1" && steps.every((z) => z.every((x) => x >= one.low && x <= one.high)));
    clearStrip("data_strip", `the straight path ${ends}, by the ${whole ? "plane's images" : "reconstructions of the data"} nearest to it`);
    if (whole) {
      steps.forEach((z, k) => whole.shown.at(cellOf(whole, z[0], z[1]), (pixels) => drawStep("data_strip", k, pixels)));
      if (whole.called) underStrip("data_strip", steps.map((z) => c.short[whole.called[cellOf(whole, z[0], z[1])]].slice(0, 8)));
    } else {
      const near = steps.map((z) => nearestCode(z));
      near.forEach((k, step) => (c.shown.again || c.shown.originals).at(k, (pixels) => drawStep("data_strip", step, pixels)));
      if (p.names.length) underStrip("data_strip", near.map((k) => (p.short[p.labels[k]] || " ").slice(0, 8)));
    }
  }
  later();
}

function nearestCode(z) {
  let best = 0, least = Infinity;
  c.points.codes.forEach((code, k) => {
    const d = code.reduce((sum, one, j) => sum + (one - z[j]) ** 2, 0);
    if (d < least) { least = d; best = k; }
  });
  return best;
}

function pathChanged() { drawPair(); }
function methodChosen(widget) { if (c.live && widget.value !== c.points.method) { say(`placing the points by ${widget.value} ...`); ask({ about: "place", method: widget.value }); later(); } }
