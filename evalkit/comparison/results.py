"""What a comparison returns: one row of figures for each run."""

from dataclasses import asdict, dataclass, fields
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
        The whole results that the figures come from, as `--json` writes them.
    notes
        What was not measured, and why.
    real
        Which real images the run was compared with: `fresh` or `held out`.
    spaces
        The spaces in which distances were taken, in words.
    curves
        D(x) and D(G(z)) by epoch, where they were recorded.
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
    real: str = ""
    spaces: tuple[str, ...] = ()
    curves: DiscriminatorCurves | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON; what `details` holds already is left out."""
        values = asdict(self)
        for name in ("real", "spaces", "curves"):
            del values[name]
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Row":
        """Return the row whose fields JSON holds.

        Raises KeyError or TypeError where it holds other ones.
        """
        fields_of_row = {field.name: values[field.name] for field in fields(cls)}
        fields_of_row |= {name: tuple(values[name]) for name in ("notes", "spaces")}
        if values["curves"] is not None:
            fields_of_row["curves"] = DiscriminatorCurves.from_dict(values["curves"])
        return cls(**fields_of_row)


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
