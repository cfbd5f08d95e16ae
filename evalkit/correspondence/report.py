"""The report: one self-contained HTML page with a table, the pictures and every null."""

import base64
import html
import io
from pathlib import Path
from typing import Any

from evalkit.support.files import write_bytes
from fractaldream.recipe import PARAM_NAMES

from .replicates import Across, across
from .results import RUNGS, Level, Result, reading_rows

STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.25rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem; border-bottom: 1px solid #8885; }
td.n, th.n { text-align: right; } td.n { white-space: nowrap; } tr.yes td { font-weight: 600; }
.verdict { font-size: 1.15rem; padding: .8rem 1rem; border-left: 4px solid #2b6cb0;
  background: #2b6cb018; }
img { max-width: 100%; background: white; border-radius: 4px; } figure { margin: 1rem 0; }
figcaption, small { color: #777; } .wide { overflow-x: auto; } pre { overflow-x: auto; }
"""


def write(results: list[Result], path: Path) -> None:
    """The page of these results, written beside and renamed. Raises BadInput."""
    write_bytes(path, page(results).encode())


def page(results: list[Result]) -> str:
    """HTML that needs nothing else."""
    parts = [_across(across(results))] if len(results) > 1 else []
    parts += [_section(result) for result in results]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Parameter against latent</title><style>{STYLE}</style>"
        "<h1>Parameter against latent</h1>"
        "<p>Has the generator rebuilt the map from parameters to images? Rungs 1, 2, 3 and 6 are "
        "tests (p corrected for all four by Holm); rungs 4 and 5 describe.</p>" + "".join(parts)
    )


def _across(rows: list[Across]) -> str:
    """Training seeds are the replicates."""
    body = []
    for row in rows:
        ci = "" if row.ci is None else f" ({row.ci[0]:.3f} to {row.ci[1]:.3f})"
        found = "described" if row.found is None else f"{row.found} of {row.generators}"
        p = "" if row.p_value is None else f"{row.p_value:.3g}"
        body.append(f"<tr><td>{row.rung}<td class=n>{row.mean:.3f}{ci}<td class=n>{p}<td>{found}")
    return (
        f"<h2>Across {rows[0].generators} generators</h2><table><tr><th>rung<th class=n>mean "
        "effect (95% over generators)<th class=n>p of the mean<th>found alone</tr>"
        + "".join(body) + "</table>"
    )  # fmt: skip


def _section(result: Result) -> str:
    rows = []
    for name in RUNGS:
        level = result.levels[name]
        if level.skipped:
            rows.append(f"<tr><td>{name}<td colspan=5>{html.escape(level.skipped)}")
            continue
        low, high = level.ci or (float("nan"),) * 2
        p = "described" if level.p_value is None else f"{level.p_value:.3g}"
        adjusted = "" if level.p_adjusted is None else f"{level.p_adjusted:.3g}"
        found = level.p_adjusted is not None and level.p_adjusted <= result.method["alpha"]
        rows.append(
            f"<tr{' class=yes' if found else ''}><td>{name}<td class=n>{level.statistic:.3f}"
            f"<td class=n>{level.effect:.3f} ({low:.3f} to {high:.3f})<td class=n>{p}"
            f"<td class=n>{adjusted}<td><small>{html.escape(level.meaning)}</small>"
        )
    figures = [
        _figure(_pairs(result), "The same eight latents: FD(v), G(v), and G turned by the rotation "
                "that other pairs chose." if "G, turned by Q" in result.pictures else
                "FD of eight v, and G of eight other latents."),
        *(
            _figure(_null(result.levels[name]), f"{name}: its null, and the observed value")
            for name in ("identity", "symmetry", "rotation", "local")
            if result.levels[name].draws is not None
        ),
        _figure(_bars(result), "Rungs 4 and 5: sizes of the parameters read off the latent of "
                "FD(v), held out, with 95% intervals; line: best baseline; dot: what images hold."),
    ]  # fmt: skip
    return (
        f"<h2>{html.escape(result.generator)}</h2>"
        f"<p class=verdict>{html.escape(result.verdict)}</p><div class=wide><table><tr><th>rung"
        "<th class=n>statistic<th class=n>effect (95%)<th class=n>p<th class=n>adjusted<th>what"
        "</tr>" + "".join(rows) + "</table></div>" + _nulls(result) + _power(result)
        + "".join(figures) + _settings(result)
    )  # fmt: skip


def _nulls(result: Result) -> str:
    rows = [
        f"<tr><td>{name}<td>{html.escape(null)}<td class=n>{p:.3g}"
        for name in RUNGS
        for null, p in result.levels[name].nulls.items()
    ]
    axes = result.levels["symmetry"].detail.get("axes")
    if axes:
        for null, p in ({"haar": axes["p_haar"]} | axes["families"]).items():
            rows.append(
                f"<tr><td>symmetry<td>signed permutation of the axes, {html.escape(null)}"
                f"<td class=n>{p:.3g}"
            )
    rows.append(
        "<tr><td colspan=3><small>As ranked: where a score is 0 or less, p of rotation and of the "
        "axes among families is 1.</small>"
    )
    if result.method["group"] != "haar":
        rows.append(
            "<tr><td colspan=3><small>Haar holds only for a training that is invariant under all "
            "rotations; Adam, diagonal posteriors and the latent loss of 2019 are not.</small>"
        )
    return (
        "<h3>Every null</h3><table><tr><th>rung<th>null<th class=n>p</tr>"
        + "".join(rows)
        + "</table>"
    )


def _power(result: Result) -> str:
    rows = []
    for name, power in result.power.items():
        said = "none, not even FD itself" if power.smallest is None else f"{power.smallest:.0%}"
        tried = ", ".join(f"{s:.0%}: {rate:.2f}" for s, rate in power.rates.items())
        rows.append(f"<tr><td>{name}<td class=n>{said}<td>{tried}")
    for name, why in result.no_power.items():
        rows.append(f"<tr><td>{name}<td class=n>-<td>{html.escape(why)}")
    return (
        f"<h3>What would have been found</h3><p>The smallest share of the variance in which a "
        f"generator must follow FD to be found in 80% of cases, n = {result.n}.</p><table><tr>"
        "<th>rung<th class=n>share<th>found, by share</tr>" + "".join(rows) + "</table>"
    )


def _settings(result: Result) -> str:
    rows = "".join(
        f"<tr><td>{html.escape(str(k))}<td>{html.escape(str(v))}" for k, v in result.method.items()
    )
    extra = f"<tr><td>n<td>{result.n}<tr><td>seed<td>{result.seed}"
    return f"<details><summary>Settings</summary><table>{rows}{extra}</table></details>"


def _figure(figure: Any, caption: str) -> str:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    data = base64.b64encode(buffer.getvalue()).decode()
    text = html.escape(caption)
    return (
        f'<figure><img alt="{text}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _new(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, sharey=True)


def _pairs(result: Result) -> Any:
    columns = min(8, *(len(images) for images in result.pictures.values()))
    figure, axes = _new(len(result.pictures), columns, (9, 1.25 * len(result.pictures)))
    for row, (name, images) in zip(axes, result.pictures.items(), strict=True):
        for place, (axis, image) in enumerate(zip(row, images, strict=False)):
            grey = image.shape[2] == 1
            axis.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None)
            axis.set_xticks([])
            axis.set_yticks([])
            if place == 0:
                axis.set_ylabel(name, fontsize=8)
    return figure


def _null(level: Level) -> Any:
    figure, axes = _new(1, 1, (5, 1.9))
    axis = axes[0, 0]
    assert level.draws is not None and level.statistic is not None
    axis.hist(level.draws, bins=40, color="#9bb7d4")
    axis.axvline(level.statistic, color="#c0392b", linewidth=2)
    axis.set_xlabel(f"{level.name}; p = {level.p_value:.3g}", fontsize=9)
    axis.set_yticks([])
    return figure


def _bars(result: Result) -> Any:
    figure, axes = _new(1, 2, (9, 2.8))
    for axis, name in zip(axes[0], ("affine", "nonlinear"), strict=True):
        for place, (_, r2, low, high, base, ceiling) in enumerate(
            reading_rows(result.levels[name])
        ):
            axis.bar(place, r2, color="#9bb7d4")
            axis.errorbar(
                place, r2, [[max(0, r2 - low)], [max(0, high - r2)]], color="#333", capsize=3
            )
            axis.hlines(base, place - 0.4, place + 0.4, color="#c0392b")
            axis.plot(place, ceiling, "o", color="#333", markersize=4)
        axis.set_xticks(range(len(PARAM_NAMES)), PARAM_NAMES)
        axis.set_title(name, fontsize=10)
        axis.axhline(0, color="#999", linewidth=0.5)
        axis.set_ylim(-0.3, 1)
    axes[0, 0].set_ylabel("R2 of |v|")
    return figure


def table(result: Result) -> str:
    """The ladder as text, with the verdict."""
    row = "{:<10}{:>11}{:>9}  {:<18}{:>8}{:>10}".format
    lines = [row("rung", "statistic", "effect", "95% interval", "p", "adjusted")]
    for name in RUNGS:
        level = result.levels[name]
        if level.skipped:
            lines.append(f"{name:<10}  not climbed: {level.skipped}")
            continue
        low, high = level.ci or (float("nan"),) * 2
        p, adjusted = (
            "-" if value is None else f"{value:.3g}" for value in (level.p_value, level.p_adjusted)
        )
        span = f"{low:.3f} to {high:.3f}"
        lines.append(row(name, f"{level.statistic:.3f}", f"{level.effect:.3f}", span, p, adjusted))
    haar = {k: result.levels[k].nulls.get("haar") for k in ("identity", "symmetry")}
    said = ", ".join(f"{k} p {value:.3g}" for k, value in haar.items() if value is not None)
    if said:
        lines.append(f"against Haar rotations (where training is invariant under them): {said}")
    axes = result.levels["symmetry"].detail.get("axes")
    if axes:
        lines.append(
            f"best signed permutation of the axes: {axes['score']:.3f} nats, p "
            f"{axes['p_families']:.3g} ({axes['hardest']}), uncorrected"
        )
    for name, power in result.power.items():
        share = "not even FD" if power.smallest is None else f"a share of {power.smallest:.0%}"
        lines.append(f"power, {name}: {share} is found in 80% of cases at n = {result.n}")
    for why in dict.fromkeys(result.no_power.values()):
        names = ", ".join(name for name, said in result.no_power.items() if said == why)
        lines.append(f"no power, {names}: {why}")
    return "\n".join([*lines, result.verdict])
