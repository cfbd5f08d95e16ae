// Sliders: FD(v) beside G(v), asked of the server one at a time, or from a file's images.

const onSlider = (s, value) => Math.max(s.start, Math.min(s.end, value));
const sliders = () => Object.keys(m).filter((name) => /^slider\d+$/.test(name)).map((name) => m[name]);

function slid(which) {
  if (!m || !m.slider0 || state.applying) return;
  const all = sliders();
  if (c.live) {
    if (asked.busy) { asked.again = true; return; } // the newest, once the last is answered
    asked.busy = true;
    asked.at = performance.now();
    const label = m.sliders_label ? c.labels.indexOf(m.sliders_label.value) : 0;
    ask({ about: "sliders", v: all.map((s) => s.value), label });
  } else { // of a file: one at a time
    const rests = (j) => all[j].value === c.start.at[j];
    const k = which === undefined ? Math.max(0, all.findIndex((s, j) => !rests(j))) : which;
    if (rests(k) && all.some((s, j) => !rests(j))) return; // one put back by another
    all.forEach((s, j) => { if (j !== k) s.value = c.start.at[j]; });
    const steps = c.attractor.steps[k], step = steps.reduce((best, r, j) => (Math.abs(r - all[k].value) < Math.abs(steps[best] - all[k].value) ? j : best), 0);
    const at = k * steps.length + step;
    showNumbers(c.attractor.figures[at]);
    c.shown.true.at(at, (pixels) => draw("true", pixels));
    if (c.shown.generated) c.shown.generated.at(at, (pixels) => draw("generated", pixels));
  }
  later();
}

function showNumbers(figures) {
  if (figures.params) {
    sliders().forEach((slider, k) => { slider.title = `${c.attractor.names[k]} = ${figures.params[k].toFixed(4)}, v`; });
    title("true", "FD(v), the true attractor");
  }
  if (figures.rmse !== undefined && figures.rmse !== null) {
    title("generated", `${c.attractor.way}: RMSE ${figures.rmse.toFixed(3)}, SSIM ${figures.ssim.toFixed(3)}`);
    m.sliders_facts.text = `<p>distance of the two, pixels in [0, 1]<br>RMSE <b>${figures.rmse.toFixed(3)}</b><br>RMSE at 32 px <b>${figures.rmse32.toFixed(3)}</b><br>SSIM <b>${figures.ssim.toFixed(3)}</b> (1: the same)</p>` +
      (c.live ? "" : `<p>In a file one slider moves at a time, in steps of 0.25; the others stay where ${escaped(c.start.what)} has them.</p>`);
  } else if (c.attractor && !c.attractor.way) m.sliders_facts.text = `<p>${escaped(c.kind)} with L = ${c.latent} and no encoder has no G(v): six numbers are no latent of it.</p>`;
}

function showSliders(said, pixels) {
  showNumbers(said);
  if (c.attractor) {
    draw("true", pixels[0]);
    if (m.generated) draw("generated", pixels[1]);
  } else {
    draw("generated", pixels[0]);
    title("generated", said.name ? `G(z): ${said.name}` : c.latent > sliders().length ? `G(z), the other latents as in ${c.start.what}` : "G(z)");
    if (said.chances && m.sliders_chances_bars) m.sliders_chances_bars.data = { ...m.sliders_chances_bars.data, chance: said.chances.slice(0, m.sliders_chances_bars.data.name.length) };
  }
  document.documentElement.dataset.took = (performance.now() - asked.at).toFixed(0);
}

function slideTo(where) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const here = where === "map" && c.attractor && c.attractor.v ? c.attractor.v[state.point] : null;
  if (where === "map" && !here) return;
  const all = sliders(), one = Math.floor(Math.random() * all.length);
  state.applying = true;
  all.forEach((s, k) => { s.value = onSlider(s, here ? here[k] : where === "start" || (!c.live && k !== one) ? c.start.at[k] : Number(normal().toFixed(2))); });
  state.applying = false;
  slid(c.live || where === "start" ? undefined : one);
}
