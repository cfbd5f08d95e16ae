"""Several generators, as training seeds are: replicates of one experiment."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import t

from evalkit.statistics.inference import rank
from fractaldream.notebook import NotebookResult, Table, TableColumn

from .results import CorrespondResult
from .rung_names import RUNGS, title
from .rungs.outcome import RungResult
from .tables import ladder_table, replicates_table

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


@dataclass(frozen=True)
class ReplicatesResult(NotebookResult):
    """The ladders of several generators.

    Attributes
    ----------
    generators
        Result of each, in the order of the call.
    pending
        Names of generators that are still to come; none when the call is done.
    """

    generators: tuple[CorrespondResult, ...]
    pending: tuple[str, ...] = ()

    @property
    def across(self) -> list[RungReplicates]:
        """The rungs over all generators."""
        return summarise(self.generators)

    def to_dict(self) -> dict[str, Any]:
        """Return the results as `--json` writes them."""
        return {
            "generators": [result.to_dict() for result in self.generators],
            "across": {row.rung: dataclasses.asdict(row) for row in self.across},
            "pending": list(self.pending),
        }

    def table(self) -> Table:
        """Return one row for each rung: its mean effect and how many generators climb it."""
        rows = []
        for row in self.across:
            low, high = row.ci or (None, None)
            found = None if row.found is None else f"{row.found} of {row.generators}"
            rows.append((title(row.rung), row.mean, low, high, found, row.p_value))
        return Table(
            f"Across {len(self.generators)} generators.",
            (
                TableColumn("rung"),
                TableColumn("mean effect", better="higher"),
                TableColumn("low", "95% over generators"),
                TableColumn("high", "95% over generators"),
                TableColumn("found"),
                TableColumn("p of the mean"),
            ),
            tuple(rows),
        )

    def plot(self) -> Any:
        """Draw the mean effect of each rung with its interval, and those of the generators.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import replicates_figure

        return replicates_figure(self)

    def __str__(self) -> str:
        """Return the tables that the command prints."""
        several = len(self.generators) > 1
        ladders = [ladder_table(result, several=several) for result in self.generators]
        return "\n".join([*ladders, replicates_table(self.across)])


def summarise(results: Sequence[CorrespondResult]) -> list[RungReplicates]:
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
