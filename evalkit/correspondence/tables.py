"""Results as text: the tables that the command prints."""

from collections.abc import Sequence

import numpy as np

from evalkit.inputs.provenance import not_learnt
from fractaldream.datasets.notebook import wrap_note

from .findings import Findings
from .options import CorrespondOptions
from .replicate_summary import RungReplicates
from .rung_names import TITLES, title
from .rungs.outcome import RungResult, Skipped
from .wording import (
    FAMILIES,
    image_sentence,
    next_steps,
    power_sentences,
    question,
    unit,
    verdict,
)

WIDTH = 2 + max(map(len, TITLES.values()))
ROW = f"{{:<{WIDTH}}}  {{:>14}}{{:>10}}{{:>9}}  {{:<15}}{{}}"


def ladder_table(result: Findings, *, several: bool = False) -> str:
    """Return the question, the answer and the ladder of one generator, under its name.

    several: other generators are tested beside it.
    """
    alpha = result.method.options.alpha
    before = [
        f"Question: {question(result)}",
        f"Answer: {verdict(result)}",
        f"Images: {image_sentence(result.images)}",
    ]
    rows = [
        ROW.format("rung", "score", "chance", "p", "adjusted p", "found").rstrip(),
        *(_row(result, name, rung) for name, rung in result.rungs.items()),
    ]
    after = [
        "Higher scores are better. nats: what an image tells about its latents, 0 for nothing. R2: "
        "share of the variance that is predicted.",
        "chance: the score that chance alone stays below in 95% of cases (rungs 4 and 5: the score "
        "of the best baseline).",
        "p: how often chance alone scores as high. A rung is found where p, adjusted for all "
        f"tested rungs, is at most {alpha:g}. A score of 0 or less at rung 3 is reported as p = 1.",
        *_beside(result),
        "What could have been found in 80% of cases (share of the variance in which G follows FD; "
        "lower is better):",
        *(f"  {sentence}" for sentence in power_sentences(result)),
        "What to do next:",
        *(f"  {step}" for step in next_steps(result, several=several)),
    ]
    if result.method.learnt_from is False:
        after.append(not_learnt(str(result.method.data), result.generator))
    return "\n".join(
        [result.generator, *map(_wrapped, before), "", *rows, "", *map(_wrapped, after)]
    )


def _wrapped(line: str) -> str:
    """Return a line as lines of a terminal, the later ones indented."""
    return wrap_note(line, "  " + line[: len(line) - len(line.lstrip())])


def chance(rung: RungResult) -> float:
    """Return the score that 95% of a rung's null stays below, or that of the best baseline."""
    if rung.draws is None:
        return rung.statistic - rung.effect
    return float(np.quantile(rung.draws, 0.95))


def adjusted_p(rung: RungResult, alpha: float) -> str:
    """Return the adjusted p-value beside the level; empty where the rung describes."""
    if rung.p_adjusted is None:
        return ""
    sign = "<=" if rung.p_adjusted <= alpha else ">"
    return f"{rung.p_adjusted:.3g} {sign} {alpha:g}"


def outcome_of(result: Findings, name: str) -> str:
    """Return whether a rung is found, or that it describes."""
    rung = result.rungs[name]
    if isinstance(rung, Skipped):
        return "not asked"
    if rung.p_value is None:
        return "described"
    return "yes" if result.is_established(name) else "no"


def rung_line(rung: RungResult, options: CorrespondOptions) -> str:
    """Return one rung as soon as it is done, before the correction for the others."""
    p = "described" if rung.p_value is None else f"p {rung.p_value:.3g} before the correction"
    return f"{title(rung.name)}: {rung.statistic:.3f} {unit(rung.name, options)}, {p}"


def _row(result: Findings, name: str, rung: RungResult | Skipped) -> str:
    if isinstance(rung, Skipped):
        return f"{title(name):<{WIDTH}}  not asked: {rung.reason}"
    options = result.method.options
    score = f"{rung.statistic:.3f} {unit(name, options)}"
    p = "-" if rung.p_value is None else f"{rung.p_value:.3g}"
    adjusted = adjusted_p(rung, options.alpha) or "-"
    return ROW.format(
        title(name), score, f"{chance(rung):.3f}", p, adjusted, outcome_of(result, name)
    )


def _beside(result: Findings) -> list[str]:
    """Return what is printed beside the verdict: ranks among rotations, and the best axes."""
    if result.method.options.group == "haar":  # rungs 1 and 2 are ranked among rotations already
        if isinstance(result.symmetry, Skipped):
            return []
        axes = result.symmetry.axes
        return [
            "Not in the answer: with the latents reordered and signed in the best way, "
            f"p {axes.p_families:.3g} (not adjusted), among {FAMILIES[axes.hardest]}."
        ]
    lines = []
    haar = {
        rung.name: rung.nulls["haar"]
        for rung in (result.identity, result.symmetry)
        if not isinstance(rung, Skipped) and "haar" in rung.nulls
    }
    if haar:
        ranks = ", ".join(f"{name} p {value:.3g}" for name, value in haar.items())
        lines.append(
            f"Not in the answer: among all rotations of the latents (Haar) {ranks}; valid only "
            "where training treats all directions alike."
        )
    if not isinstance(result.symmetry, Skipped):
        axes = result.symmetry.axes
        lines.append(
            "Not in the answer: with the latents reordered and signed in the best way, "
            f"{axes.score:.3f} nats, p {axes.p_families:.3g} (not adjusted), among "
            f"{FAMILIES[axes.hardest]}."
        )
    return lines


def replicates_table(rows: "Sequence[RungReplicates]") -> str:
    """Return the rungs over several generators."""
    row_of = f"  {{:<{WIDTH}}} {{:>11}}  {{:<20}} {{:<8}} {{}}".format
    lines = [f"Across {rows[0].generators} generators (effect: higher is better)" if rows else ""]
    lines.append(row_of("rung", "mean effect", "95% over generators", "found", "p of the mean"))
    for row in rows:
        ci = "" if row.ci is None else f"{row.ci[0]:.3f} to {row.ci[1]:.3f}"
        count = "-" if row.found is None else f"{row.found} of {row.generators}"
        p = "" if row.p_value is None else f"{row.p_value:.3g}"
        lines.append(row_of(title(row.rung), f"{row.mean:.3f}", ci, count, p).rstrip())
    return "\n".join(lines)
