"""Results of a comparison: one row of figures for each run."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .columns import COLUMNS, GROUPS
from .options import CompareOptions
from .row import Row
from .table import HEADS, caveats, format_table, used

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Comparison(NotebookResult):
    """Several runs side by side.

    Attributes
    ----------
    data
        Name of the data set that they are compared on.
    settings
        What the rows have in common.
    rows
        One row for each run.
    samples
        Generated images of each run by its name, uint8 (16, S, S, 3).
    """

    data: str
    settings: CompareOptions
    rows: tuple[Row, ...]
    samples: dict[str, np.ndarray]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "data": self.data,
            "settings": asdict(self.settings),
            "columns": {c.name: c.meaning for c in COLUMNS.values()},
            "rows": [row.to_dict() for row in self.rows],
        }

    def table(self) -> Table:
        """Return one row for each run, with the figures that any run has."""
        columns = used(self.rows, list(COLUMNS.values()))
        ways = {1: "higher", -1: "lower"}
        return Table(
            f"{self.data}, {self.settings.n:,} images of each at most",
            (
                *map(TableColumn, (*HEADS, "parameters")),
                *(TableColumn(c.title, "", ways.get(c.better, "")) for c in columns),
            ),
            tuple(
                (
                    *(row.run, row.kind, row.latent, row.activation, row.parameters),
                    *(row.figures.get(c.name) for c in columns),
                )
                for row in self.rows
            ),
            tuple(caveat for group in GROUPS for caveat in caveats(self.rows, group)),
        )

    def plot(self) -> "Figure":
        """Draw the main figures against latent size.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import size_figure

        return size_figure(self.rows)

    def __str__(self) -> str:
        """Return the table that the command prints."""
        return format_table(self.data, self.settings, self.rows)
