"""The rungs over several generators: mean effects, their intervals and the ranks of the means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import t

from evalkit.statistics.inference import rank

from .findings import Findings
from .rung_names import RUNGS
from .rungs.outcome import RungResult

SHARED_DRAWS = ("identity", "symmetry")  # whose draws of the group all generators share


@dataclass(frozen=True)
class RungReplicates:
    """One rung over the generators that climbed it.

    Attributes
    ----------
    rung, generators
        Name of the rung, and number of generators.
    mean, ci
        Mean effect, with the 95% t interval over generators (None for one).
    found
        Number of generators with an adjusted p of at most alpha, None where the rung describes.
    p_value
        Rank of the mean statistic among those of draws that turn each generator by an element of
        its own; None where the null differs from one generator to the next.
    """

    rung: str
    generators: int
    mean: float
    ci: tuple[float, float] | None
    found: int | None
    p_value: float | None


def summarise(results: Sequence[Findings]) -> list[RungReplicates]:
    """Summarise the rungs over several generators; a rung that none climbed is left out."""
    rows = []
    for name in RUNGS:
        rungs = (result.rungs[name] for result in results)
        climbed = [rung for rung in rungs if isinstance(rung, RungResult)]
        if not climbed:
            continue
        effects = np.array([rung.effect for rung in climbed], float)
        count = len(effects)
        ci = None
        if count > 1:
            half = float(t.ppf(0.975, count - 1) * effects.std(ddof=1) / count**0.5)
            ci = (float(effects.mean()) - half, float(effects.mean()) + half)
        p_value = None
        if name in SHARED_DRAWS:
            # each on draws of its own: one place further in the list that all share
            draws = [np.roll(np.array(rung.draws), place) for place, rung in enumerate(climbed)]
            observed = float(np.mean([rung.statistic for rung in climbed]))
            p_value = rank(name, observed, np.mean(draws, 0)).p_value
        established = None
        if climbed[0].p_value is not None:
            established = sum(result.is_established(name) for result in results)
        rows.append(RungReplicates(name, count, float(effects.mean()), ci, established, p_value))
    return rows
