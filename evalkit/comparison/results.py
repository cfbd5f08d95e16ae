"""What a comparison returns: one row of figures for each run."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.sample_quality.curves import DiscriminatorCurves
from fractaldream.notebook import NotebookResult, Table, TableColumn

from .columns import COLUMNS
from .options import CompareOptions
from .table import HEADS, format_table, used


@dataclass(frozen=True)
class Row:
    """The figures of one run.

    Attributes
    ----------
    run
        Short name of the run.
    checkpoint
        Its checkpoint.
    kind, latent, activation, size, parameters, epoch
        Kind of the model, number of latents, activation of the generator's hidden layers, pixels
        of its images, number of weights of its generator, epoch of the checkpoint.
    figures
        Figures by the name of a column, see `columns.COLUMNS`; only those that were measured.
    details
        The whole results that the figures come from, as plain values for JSON.
    notes
        What was not measured, and why.
    """

    run: str
    checkpoint: str
    kind: str
    latent: int
    activation: str
    size: int
    parameters: int
    epoch: int | None
    figures: dict[str, float]
    details: dict[str, Any]
    notes: tuple[str, ...]

    @property
    def curves(self) -> DiscriminatorCurves | None:
        """D(x) and D(G(z)) by epoch, where they were recorded."""
        values: dict[str, Any] | None = self.details.get("quality", {}).get("verdicts")
        return None if not values else DiscriminatorCurves.from_dict(values)

    @property
    def spaces(self) -> tuple[str, ...]:
        """The spaces in which distances were taken, in words."""
        distances = self.details.get("quality", {}).get("distances", {})
        return tuple(str(distance["features"]) for distance in distances.values())

    @property
    def real(self) -> str:
        """Which real images the run was compared with: `fresh` or `held out`."""
        return str(self.details.get("quality", {}).get("real", ""))


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
            "rows": [asdict(row) for row in self.rows],
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
        )

    def plot(self) -> Any:
        """Draw the main figures against latent size.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import size_figure

        return size_figure(self.rows)

    def __str__(self) -> str:
        """Return the table that the command prints."""
        return format_table(self)
