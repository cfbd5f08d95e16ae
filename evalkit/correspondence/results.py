"""Result of the ladder for one generator."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn
from fractaldream_base.strict_json import plain

from .findings import Findings
from .rung_names import RUNGS, title
from .rungs.outcome import Skipped
from .tables import chance, ladder_table, outcome_of
from .wording import unit, verdict

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class CorrespondResult(Findings, NotebookResult):
    """The ladder of one generator; its attributes are those of `findings.Findings`."""

    @property
    def verdict(self) -> str:
        """The answer in a plain sentence or two."""
        return verdict(self)

    def to_dict(self) -> dict[str, Any]:
        """Return the result as `--json` writes it."""
        values: dict[str, Any] = plain(
            {
                "generator": self.generator,
                "images": self.images.to_dict(),
                "levels": {name: rung.to_dict() for name, rung in self.rungs.items()},
                "verdict": self.verdict,
                "established": self.established,
                "n": self.n,
                "seed": self.seed,
                "power": {
                    name: self.power[name].to_dict() if name in self.power else None
                    for name in RUNGS
                },
                "no_power": self.no_power,
                **self.method.to_dict(),
            }
        )
        return values

    def table(self) -> Table:
        """Return one row for each rung, the answer above them."""
        options = self.method.options
        rows: list[tuple[Any, ...]] = []
        for name, rung in self.rungs.items():
            if isinstance(rung, Skipped):
                rows.append((title(name), None, "", None, None, None, outcome_of(self, name)))
                continue
            figures = (rung.statistic, unit(name, options), chance(rung))
            p_values = (rung.p_value, rung.p_adjusted)
            rows.append((title(name), *figures, *p_values, outcome_of(self, name)))
        return Table(
            f"{self.generator}: {self.verdict}",
            (
                TableColumn("rung"),
                TableColumn("score", better="higher"),
                TableColumn("unit"),
                TableColumn("chance", "95% of chance scores less"),
                TableColumn("p"),
                TableColumn("adjusted p", f"found at {self.method.options.alpha:g} or less"),
                TableColumn("found"),
            ),
            tuple(rows),
        )

    def plot(self) -> "Figure":
        """Draw the images of the map and of the generator for the same latents.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import pairs_figure

        return pairs_figure(self.pictures)

    def __str__(self) -> str:
        """Return the table that the command prints."""
        return ladder_table(self)
