"""Several generators, as training seeds are: replicates of one experiment."""

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .replicate_summary import RungReplicates, summarise
from .results import CorrespondResult
from .rung_names import title
from .tables import ladder_table, replicates_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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
            climbed = None if row.found is None else f"{row.found} of {row.generators}"
            rows.append((title(row.rung), row.mean, low, high, climbed, row.p_value))
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

    def plot(self) -> "Figure":
        """Draw the mean effect of each rung with its interval, and those of the generators.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import replicates_figure

        return replicates_figure(self.across, self.generators)

    def __str__(self) -> str:
        """Return the tables that the command prints."""
        several = len(self.generators) > 1
        ladders = [ladder_table(result, several=several) for result in self.generators]
        return "\n".join([*ladders, replicates_table(self.across)])
