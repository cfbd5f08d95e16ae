"""The report: one self-contained HTML page with a table, the pictures and every null."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.support.files import write_bytes
from evalkit.support.page_style import STYLE
from fractaldream.recipe import PARAM_NAMES

from .replicates import RungReplicates, summarise
from .results import CorrespondResult
from .rung_names import TESTED
from .rungs.outcome import RungResult, Skipped


def write_report(results: Sequence[CorrespondResult], path: Path) -> None:
    """Write the page of these results, beside its place first. Raises BadInput."""
    write_bytes(path, page(results).encode())


def page(results: Sequence[CorrespondResult]) -> str:
    """Return the page of these results, HTML that needs nothing else."""
    parts = [_replicates(summarise(results))] if len(results) > 1 else []
    parts += [_section(result) for result in results]
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Parameter against latent</title><style>{STYLE}</style>"
        "<h1>Parameter against latent</h1>"
        "<p>Has the generator rebuilt the map from parameters to images? Rungs 1, 2, 3 and 6 are "
        "tests (p corrected for all four by Holm); rungs 4 and 5 describe.</p>" + "".join(parts)
    )


def _replicates(rows: list[RungReplicates]) -> str:
    """Return the rungs over several generators as a table."""
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


def _section(result: CorrespondResult) -> str:
    """Return one generator's ladder with its figures."""
    rows = [_row(rung, result.is_established(name)) for name, rung in result.rungs.items()]
    turned = "G, turned by Q" in result.pictures
    figures = [
        _figure(_pairs(result), "The same eight latents: FD(v), G(v), and G turned by the rotation "
                "that other pairs chose." if turned else
                "FD of eight v, and G of eight other latents."),
        *(
            _figure(_null(rung), f"{name}: its null, and the observed value")
            for name, rung in result.rungs.items()
            if name in TESTED and isinstance(rung, RungResult)
        ),
        _figure(_bars(result), "Rungs 4 and 5: sizes of the parameters read off the latent of "
                "FD(v), held out, with 95% intervals; line: best baseline; dot: what images hold."),
    ]  # fmt: skip
    return (
        f"<h2>{html.escape(result.generator)}</h2>"
        f"<p class=verdict>{html.escape(result.verdict)}</p><div class=wide><table><tr><th>rung"
        "<th class=n>statistic<th class=n>effect (95%)<th class=n>p<th class=n>adjusted<th>what"
        "</tr>" + "".join(rows) + "</table></div>" + _nulls(result) + _power(result)
        + "".join(figures) + _method(result)
    )  # fmt: skip


def _row(rung: RungResult | Skipped, established: bool) -> str:
    """Return a rung as a row of the table."""
    if isinstance(rung, Skipped):
        return f"<tr><td>{rung.name}<td colspan=5>{html.escape(rung.reason)}"
    low, high = rung.ci
    p = "described" if rung.p_value is None else f"{rung.p_value:.3g}"
    adjusted = "" if rung.p_adjusted is None else f"{rung.p_adjusted:.3g}"
    return (
        f"<tr{' class=yes' if established else ''}><td>{rung.name}<td class=n>{rung.statistic:.3f}"
        f"<td class=n>{rung.effect:.3f} ({low:.3f} to {high:.3f})<td class=n>{p}"
        f"<td class=n>{adjusted}<td><small>{html.escape(rung.meaning)}</small>"
    )


def _nulls(result: CorrespondResult) -> str:
    """Return the p-value by null distribution as a table."""
    rows = [
        f"<tr><td>{name}<td>{html.escape(null)}<td class=n>{p:.3g}"
        for name, rung in result.rungs.items()
        if isinstance(rung, RungResult)
        for null, p in rung.nulls.items()
    ]
    if not isinstance(result.symmetry, Skipped):
        axes = result.symmetry.axes
        for null, p in ({"haar": axes.p_haar} | axes.families).items():
            rows.append(
                f"<tr><td>symmetry<td>signed permutation of the axes, {html.escape(null)}"
                f"<td class=n>{p:.3g}"
            )
    rows.append(
        "<tr><td colspan=3><small>As ranked: where a score is 0 or less, p of rotation and of the "
        "axes among families is 1.</small>"
    )
    if result.method.options.group != "haar":
        rows.append(
            "<tr><td colspan=3><small>Haar holds only for a training that is invariant under all "
            "rotations; Adam, diagonal posteriors and the latent loss of 2019 are not.</small>"
        )
    return (
        "<h3>Every null</h3><table><tr><th>rung<th>null<th class=n>p</tr>"
        + "".join(rows)
        + "</table>"
    )


def _power(result: CorrespondResult) -> str:
    """Return what would have been found as a table."""
    rows = []
    for name, power in result.power.items():
        none = power.smallest is None
        share = "none, not even FD itself" if none else f"{power.smallest:.0%}"
        tried = ", ".join(f"{s:.0%}: {rate:.2f}" for s, rate in power.rates.items())
        rows.append(f"<tr><td>{name}<td class=n>{share}<td>{tried}")
    for name, reason in result.no_power.items():
        rows.append(f"<tr><td>{name}<td class=n>-<td>{html.escape(reason)}")
    return (
        f"<h3>What would have been found</h3><p>The smallest share of the variance in which a "
        f"generator must follow FD to be found in 80% of cases, n = {result.n}.</p><table><tr>"
        "<th>rung<th class=n>share<th>found, by share</tr>" + "".join(rows) + "</table>"
    )


def _method(result: CorrespondResult) -> str:
    """Return the settings as a table that opens."""
    rows = "".join(
        f"<tr><td>{html.escape(str(k))}<td>{html.escape(str(v))}"
        for k, v in result.method.to_dict().items()
    )
    extra = f"<tr><td>n<td>{result.n}<tr><td>seed<td>{result.seed}"
    return f"<details><summary>Settings</summary><table>{rows}{extra}</table></details>"


def _figure(figure: Any, caption: str) -> str:
    """Return a matplotlib figure as an image within the page."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=110, bbox_inches="tight")
    data = base64.b64encode(buffer.getvalue()).decode()
    text = html.escape(caption)
    return (
        f'<figure><img alt="{text}" src="data:image/png;base64,{data}">'
        f"<figcaption>{text}</figcaption></figure>"
    )


def _new(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure of size inches with its axes, (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False, sharey=True)


def _pairs(result: CorrespondResult) -> Any:
    """Draw the pictures of the same latents below each other."""
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


def _null(rung: RungResult) -> Any:
    """Draw the null distribution with the observed value."""
    figure, axes = _new(1, 1, (5, 1.9))
    axis = axes[0, 0]
    assert rung.draws is not None
    axis.hist(rung.draws, bins=40, color="#9bb7d4")
    axis.axvline(rung.statistic, color="#c0392b", linewidth=2)
    axis.set_xlabel(f"{rung.name}; p = {rung.p_value:.3g}", fontsize=9)
    axis.set_yticks([])
    return figure


def _bars(result: CorrespondResult) -> Any:
    """Draw what the probes of rungs 4 and 5 predict, by parameter."""
    figure, axes = _new(1, 2, (9, 2.8))
    for axis, rung in zip(axes[0], (result.affine, result.nonlinear), strict=True):
        for place, row in enumerate(rung.rows()):
            below, above = max(0, row.r2 - row.low), max(0, row.high - row.r2)
            axis.bar(place, row.r2, color="#9bb7d4")
            axis.errorbar(place, row.r2, [[below], [above]], color="#333", capsize=3)
            axis.hlines(row.best_baseline, place - 0.4, place + 0.4, color="#c0392b")
            axis.plot(place, row.ceiling, "o", color="#333", markersize=4)
        axis.set_xticks(range(len(PARAM_NAMES)), PARAM_NAMES)
        axis.set_title(rung.name, fontsize=10)
        axis.axhline(0, color="#999", linewidth=0.5)
        axis.set_ylim(-0.3, 1)
    axes[0, 0].set_ylabel("R2 of |v|")
    return figure
