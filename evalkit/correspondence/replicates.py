"""Several generators, as training seeds are: replicates of one experiment."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from evalkit.statistics.inference import rank

from .results import RUNGS, Result

RANKED = ("identity", "symmetry")  # whose draws of the group are the same for all generators


@dataclass(frozen=True)
class Across:
    """One rung over the generators that climbed it.

    mean, ci: of the effect, with the 95% t interval over generators (None for one). found: how
    many have an adjusted p of at most alpha, None where the rung describes. p_value: of the mean
    statistic among those of draws that turn each generator by an element of its own; None where
    the null differs from one generator to the next.
    """

    rung: str
    generators: int
    mean: float
    ci: tuple[float, float] | None
    found: int | None
    p_value: float | None


def across(results: list[Result]) -> list[Across]:
    """The rungs over all generators."""
    out = []
    for name in RUNGS:
        climbed = [r.levels[name] for r in results if r.levels[name].effect is not None]
        if not climbed:
            continue
        effects = np.array([level.effect for level in climbed], float)
        count = len(effects)
        ci = None
        if count > 1:
            half = float(t.ppf(0.975, count - 1) * effects.std(ddof=1) / count**0.5)
            ci = (float(effects.mean()) - half, float(effects.mean()) + half)
        p_value = None
        if name in RANKED:
            # each on draws of its own: one place further in the list that all share
            draws = [np.roll(np.array(x.draws), place) for place, x in enumerate(climbed)]
            observed = float(np.mean([level.statistic for level in climbed]))
            p_value = rank(name, observed, np.mean(draws, 0)).p_value
        found = None
        if climbed[0].p_value is not None:
            alpha = results[0].method["alpha"]
            found = sum(level.p_adjusted is not None and level.p_adjusted <= alpha
                        for level in climbed)  # fmt: skip
        out.append(Across(name, count, float(effects.mean()), ci, found, p_value))
    return out


def table(rows: list[Across]) -> str:
    """As the command prints it."""
    lines = [f"across {rows[0].generators} generators" if rows else ""]
    lines.append(f"  {'rung':<10} {'mean effect':>11}  {'95% over generators':<20} found  p")
    for row in rows:
        ci = "" if row.ci is None else f"{row.ci[0]:.3f} to {row.ci[1]:.3f}"
        found = "-" if row.found is None else f"{row.found} of {row.generators}"
        p = "" if row.p_value is None else f"{row.p_value:.3g}"
        lines.append(f"  {row.rung:<10} {row.mean:>11.3f}  {ci:<20} {found:<6} {p}".rstrip())
    return "\n".join(lines)
