"""The report: one self-contained HTML page with the answer, the pictures, and every table."""

import base64
import html
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evalkit.support.figures import new_figure
from evalkit.support.page_style import STYLE
from fractaldream.recipe import PARAM_NAMES
from fractaldream_base.files import write_bytes

from .figures import pairs_figure
from .replicate_summary import RungReplicates, summarise
from .results import CorrespondResult
from .rung_names import RUNGS, TESTED, title
from .rungs.outcome import FamiliesResult, RungResult, Skipped
from .tables import adjusted_p, chance, outcome_of
from .wording import FAMILIES, GLOSSARY, image_sentence, next_steps, question, unit

MORE = """
td[colspan] { white-space: normal; } tr.name td { border-bottom: 0; padding-bottom: 0; }
tr.meaning small { position: sticky; left: .7rem; display: block; max-width: calc(100vw - 3.5rem); }
td:first-child:not([colspan]) { min-width: 11rem; }
td.rates { min-width: 14rem; }
details td { overflow-wrap: anywhere; } details td:last-child { min-width: 15rem; }
"""


def write_report(results: Sequence[CorrespondResult], path: Path) -> None:
    """Write the page of these results, beside its place first. Raises BadInput."""
    write_bytes(path, page(results).encode())


def page(results: Sequence[CorrespondResult]) -> str:
    """Return the page of these results, HTML that needs nothing else."""
    several = len(results) > 1
    parts = [_section(result, several) for result in results]
    if several:
        parts.append(_replicates(summarise(results)))
    return (
        "<!doctype html><html lang=en><meta charset=utf-8>"
        '<meta name=viewport content="width=device-width,initial-scale=1">'
        f"<title>Correspondence</title><style>{STYLE}{MORE}</style>"
        "<h1>Do the latents correspond to the parameters?</h1>" + "".join(parts) + _glossary()
    )


def is_report_of(path: Path, results: Sequence[CorrespondResult]) -> bool:
    """Return whether a file is a page of some of these results and of no others."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return False
    written = [
        f"<h2>{html.escape(result.generator)}</h2>" in text and _answer(result) in text
        for result in results
    ]
    return 0 < text.count("<p class=verdict>") == sum(written)


def _replicates(rows: list[RungReplicates]) -> str:
    """Return the rungs over several generators as a table."""
    body = []
    for row in rows:
        ci = "" if row.ci is None else f" ({row.ci[0]:.3f} to {row.ci[1]:.3f})"
        count = "described" if row.found is None else f"{row.found} of {row.generators}"
        p = "" if row.p_value is None else f"{row.p_value:.3g}"
        body.append(
            f"<tr><td>{title(row.rung)}<td class=n>{row.mean:.3f}{ci}<td class=n>{p}<td>{count}"
        )
    head = (
        "<tr><th>rung<th class=n>mean effect (95% over generators)<th class=n>p of the mean"
        "<th>found alone</tr>"
    )
    return f"<h2>Across {rows[0].generators} generators</h2>" + _table(head, *body)


def _table(*rows: str) -> str:
    """Return rows as a table that scrolls by itself where the page is narrow."""
    return f"<div class=wide><table>{''.join(rows)}</table></div>"


def _section(result: CorrespondResult, several: bool) -> str:
    """Return one generator's ladder with its figures."""
    turned = "G, turned by Q" in result.pictures
    figures = [
        _figure(
            pairs_figure(result.pictures),
            "Images of the same eight latents v: FD(v), G(v), and G after the rotation of the "
            "latents that was found on other pairs (rung 3)." if turned
            else "FD of eight v, and G of eight other latents.",
        ),
        *(
            _figure(_null(rung, unit(name, result.method.options)), _null_caption(rung))
            for name, rung in result.rungs.items()
            if name in TESTED and isinstance(rung, RungResult)
        ),
        _figure(_bars(result), "Rungs 4 and 5: share of the variance (R2) of each parameter's "
                "size that is predicted from the latent of FD(v), for held-out images, with 95% "
                "intervals; higher is better. Red line: the best baseline. Dot: the share that the "
                "inverse renderer predicts from the images themselves."),
    ]  # fmt: skip
    return (
        f"<h2>{html.escape(result.generator)}</h2><p>{html.escape(question(result))}"
        f"{_answer(result)}<p>{html.escape(image_sentence(result.images))}"
        + "".join(figures) + _ladder(result) + _power(result) + _next_steps(result, several)
        + _nulls(result) + _method(result)
    )  # fmt: skip


def _answer(result: CorrespondResult) -> str:
    """Return the answer as a paragraph."""
    return f"<p class=verdict>{html.escape(result.verdict, quote=False)}"


def _ladder(result: CorrespondResult) -> str:
    """Return the rungs as a table."""
    alpha = result.method.options.alpha
    rows = "".join(_row(result, name) for name in RUNGS)
    return (
        "<h3>The rungs, from the strongest claim to the weakest</h3>"
        f"<p>Higher scores are better. A rung is found where its adjusted p is at most {alpha:g}. "
        "The interval of an effect tells how exactly it is measured over pairs, and not whether it "
        "is more than chance."
        + _table("<tr><th>rung, and what its score is<th class=n>score<th class=n>chance (95%)"
                 "<th class=n>effect (95% interval)<th class=n>p<th class=n>adjusted p<th>found"
                 "</tr>", rows)
    )  # fmt: skip


def _row(result: CorrespondResult, name: str) -> str:
    """Return a rung as a row of the table, and the meaning of its score as another."""
    rung, options = result.rungs[name], result.method.options
    if isinstance(rung, Skipped):
        return f"<tr><td>{title(name)}<td colspan=6>not asked: {html.escape(rung.reason)}"
    low, high = rung.ci
    p = "" if rung.p_value is None else f"{rung.p_value:.3g}"
    return (
        f"<tr class='name{' yes' if result.is_established(name) else ''}'><td>{title(name)}"
        f"<td class=n>{rung.statistic:.3f} {unit(name, options)}"
        f"<td class=n>{chance(rung):.3f}<td class=n>{rung.effect:.3f} ({low:.3f} to {high:.3f})"
        f"<td class=n>{p}<td class=n>{html.escape(adjusted_p(rung, options.alpha))}"
        f"<td>{outcome_of(result, name)}"
        f"<tr class=meaning><td colspan=7><small>{html.escape(rung.meaning)}</small>"
    )


def _next_steps(result: CorrespondResult, several: bool) -> str:
    """Return what to do next as a list."""
    items = "".join(f"<li>{html.escape(step)}" for step in next_steps(result, several=several))
    return f"<h3>What to do next</h3><ul>{items}</ul>"


def _glossary() -> str:
    """Return the words of the page with their meanings."""
    rows = (f"<tr><td>{word}<td>{meaning}" for word, meaning in GLOSSARY.items())
    return "<h2>Words</h2>" + _table(*rows)


def _nulls(result: CorrespondResult) -> str:
    """Return the p-value by null distribution as a table."""
    rows = [
        f"<tr><td>{title(name)}<td>{html.escape(null)}<td class=n>{p:.3g}"
        for name, rung in result.rungs.items()
        if isinstance(rung, RungResult)
        for null, p in rung.nulls.items()
    ]
    if not isinstance(result.symmetry, Skipped):
        axes = result.symmetry.axes
        for null, p in ({"haar": axes.p_haar} | axes.families).items():
            rows.append(
                f"<tr><td>{title('symmetry')}<td>signed permutation of the axes, "
                f"{html.escape(null)}<td class=n>{p:.3g}"
            )
    rows.append(
        "<tr><td colspan=3><small>p as ranked, before any correction. Where a score is 0 or less, "
        "rung 3 and the axes among families are reported as p = 1.</small>"
    )
    if result.method.options.group != "haar":
        rows.append(
            "<tr><td colspan=3><small>Haar holds only for a training that is invariant under all "
            "rotations; Adam, diagonal posteriors and the latent loss of 2019 are not.</small>"
        )
    head = "<tr><th>rung<th>null distribution<th class=n>p (lower is stronger evidence)</tr>"
    return "<h3>Every null distribution</h3>" + _table(head, *rows)


def _power(result: CorrespondResult) -> str:
    """Return what would have been found as a table."""
    rows = []
    for name, power in result.power.items():
        none = power.smallest is None
        share = "none, not even FD itself" if none else f"{power.smallest:.0%}"
        tried = ", ".join(f"{s:.0%}: {rate:.2f}" for s, rate in power.rates.items())
        rows.append(f"<tr><td>{title(name)}<td class=n>{share}<td class=rates>{tried}")
    for name, reason in result.no_power.items():
        rows.append(f"<tr><td>{title(name)}<td class=n>-<td class=rates>{html.escape(reason)}")
    return (
        f"<h3>What could have been found</h3><p>The smallest share of the variance in which a "
        f"generator must follow FD to be found in 80% of cases, n = {result.n}; lower "
        "is better.</p>"
        + _table("<tr><th>rung<th class=n>share<th>rate of finding, by share</tr>", *rows)
    )


def _method(result: CorrespondResult) -> str:
    """Return the settings as a table that opens."""
    rows = "".join(
        f"<tr><td>{html.escape(str(k))}<td>{html.escape(str(v))}"
        for k, v in result.method.to_dict().items()
    )
    extra = f"<tr><td>n<td>{result.n}<tr><td>seed<td>{result.seed}"
    return f"<details><summary>Settings</summary>{_table(rows, extra)}</details>"


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


def _null_caption(rung: RungResult) -> str:
    """Return what the picture of a rung's null distribution shows."""
    by_chance = (
        FAMILIES.get(rung.hardest, rung.hardest)
        if isinstance(rung, FamiliesResult)
        else "your generator after transformations of its latents"
    )
    return (
        f"{title(rung.name)}: the score of your generator (red line) beside those of {by_chance} "
        f"(blue: chance). Further right is better. p = {rung.p_value:.3g} before the correction."
    )


def _null(rung: RungResult, unit: str) -> Any:
    """Draw the null distribution with the observed value, by scores of the unit."""
    figure, axes = new_figure(1, 1, (5, 1.9))
    axis = axes[0, 0]
    assert rung.draws is not None
    axis.hist(rung.draws, bins=40, color="#9bb7d4")
    axis.axvline(rung.statistic, color="#c0392b", linewidth=2)
    axis.set_xlabel(f"score, {unit}", fontsize=9)
    axis.set_yticks([])
    return figure


def _bars(result: CorrespondResult) -> Any:
    """Draw what the probes of rungs 4 and 5 predict, by parameter."""
    figure, axes = new_figure(1, 2, (9, 2.8))
    for axis, rung in zip(axes[0], (result.affine, result.nonlinear), strict=True):
        for place, row in enumerate(rung.rows()):
            below, above = max(0, row.r2 - row.low), max(0, row.high - row.r2)
            axis.bar(place, row.r2, color="#9bb7d4")
            axis.errorbar(place, row.r2, [[below], [above]], color="#333", capsize=3)
            axis.hlines(row.best_baseline, place - 0.4, place + 0.4, color="#c0392b")
            axis.plot(place, row.ceiling, "o", color="#333", markersize=4)
        axis.set_xticks(range(len(PARAM_NAMES)), PARAM_NAMES)
        axis.set_title(title(rung.name), fontsize=10)
        axis.axhline(0, color="#999", linewidth=0.5)
        axis.set_ylim(-0.3, 1)
    axes[0, 1].tick_params(labelleft=False)
    axes[0, 0].set_ylabel("R2 of |v|")
    return figure
