// Sliders: FD(v) beside G(v), asked of the server one at a time, or from a file's images.

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
    const k = which === undefined ? Math.max(0, all.findIndex((s) => s.value !== 0)) : which;
    if (all[k].value === 0 && all.some((s) => s.value !== 0)) return; // one put back by another
    all.forEach((s, j) => { if (j !== k) s.value = 0; });
    const rest = c.family.rest, step = rest.reduce((best, r, j) => (Math.abs(r - all[k].value) < Math.abs(rest[best] - all[k].value) ? j : best), 0);
    const at = k * rest.length + step;
    showNumbers(c.family.said[at]);
    c.shown.true.at(at, (pixels) => draw("true", pixels));
    if (c.shown.made) c.shown.made.at(at, (pixels) => draw("made", pixels));
  }
  later();
}

function showNumbers(said) {
  if (said.params) {
    sliders().forEach((slider, k) => { slider.title = `${c.family.names[k]} = ${said.params[k].toFixed(4)}, v`; });
    title("true", "FD(v), the true attractor");
  }
  if (said.rmse !== undefined && said.rmse !== null) {
    title("made", `${c.family.way}: RMSE ${said.rmse.toFixed(3)}, SSIM ${said.ssim.toFixed(3)}`);
    m.sliders_facts.text = `<p>distance of the two, pixels in [0, 1]<br>RMSE <b>${said.rmse.toFixed(3)}</b><br>RMSE at 32 px <b>${said.rmse32.toFixed(3)}</b><br>SSIM <b>${said.ssim.toFixed(3)}</b> (1: the same)</p>` +
      (c.live ? "" : "<p>In a file one slider moves at a time, in steps of 0.25; the others rest at 0.</p>");
  } else if (c.family && !c.family.way) m.sliders_facts.text = `<p>${c.kind} with L = ${c.latent} and no encoder has no G(v): six numbers are no latent of it.</p>`;
}

function showSliders(said, pixels) {
  showNumbers(said);
  if (c.family) {
    draw("true", pixels[0]);
    if (m.made) draw("made", pixels[1]);
  } else {
    draw("made", pixels[0]);
    title("made", said.name ? `G(z): ${said.name}` : "G(z), all other latents 0");
    if (said.chances && m.sliders_chances_bars) m.sliders_chances_bars.data = { ...m.sliders_chances_bars.data, chance: said.chances.slice(0, m.sliders_chances_bars.data.name.length) };
  }
  document.documentElement.dataset.took = (performance.now() - asked.at).toFixed(0);
}

function slideTo(where) {
  const normal = () => Math.sqrt(-2 * Math.log(1 - Math.random())) * Math.cos(2 * Math.PI * Math.random());
  const here = where === "map" && c.family && c.family.v ? c.family.v[state.point] : null;
  if (where === "map" && !here) return;
  const all = sliders(), one = Math.floor(Math.random() * all.length);
  state.applying = true;
  all.forEach((s, k) => { s.value = here ? Math.max(-3, Math.min(3, here[k])) : where === "zero" || (!c.live && k !== one) ? 0 : Math.max(-3, Math.min(3, Number(normal().toFixed(2)))); });
  state.applying = false;
  slid(c.live ? undefined : one);
}
