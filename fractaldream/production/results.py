"""The result of a render, as the command prints it and a notebook shows it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..datasets.file_results import FileResult, refusals_in_words
from ..datasets.notebook import NotebookResult, Table, TableColumn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class RenderResult(NotebookResult, FileResult):
    """The result of `render`.

    Attributes
    ----------
    content_sha256 : str
        Its content hash.
    refused : dict of str to int
        Number of refused draws, by reason.
    rendered : int
        Images that this run rendered; the others were left by an interrupted one.
    seconds : float
        Time that this run took.
    already_complete : bool
        Whether the file was complete before, so that nothing was rendered or written.
    """

    content_sha256: str
    refused: dict[str, int]
    rendered: int
    seconds: float
    already_complete: bool = False

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        count = self.images + sum(self.refused.values())
        draws = f"{count:,} draws, " if any(self.refused.values()) else ""
        complete = "already complete, " if self.already_complete else ""
        lines = [f"{self.path}: {complete}{self.images} images"]
        if self.rendered:
            rate = self.rendered / self.seconds
            lines.append(f"  {rate:,.0f} images/s, {self.seconds:.1f} s")
        lines.append(f"  {draws}{refusals_in_words(self.refused)}")
        return "\n".join([*lines, f"  content_sha256 {self.content_sha256}"])

    def table(self) -> Table:
        """Return what the run rendered and refused."""
        refused = ((f"draws refused: {name}", count, "") for name, count in self.refused.items())
        return Table(
            f"{self.path}: {self.images:,} images, content_sha256 {self.content_sha256}",
            tuple(map(TableColumn, ("what", "value", "unit"))),
            (
                ("images rendered by this run", self.rendered, ""),
                ("time", self.seconds, "s"),
                ("speed", self.rendered / self.seconds if self.rendered else None, "images/s"),
                *refused,
            ),
        )

    def plot(self, *, rows: int = 4, columns: int = 8, palette: str = "kbc") -> "Figure":
        """Draw images that are evenly spread over the data set.

        Parameters
        ----------
        rows, columns : int
            Shape of the sheet.
        palette : str
            Colours of the levels.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from ..datasets.drawing import contact_sheet, picture_figure

        return picture_figure(contact_sheet(self.path, rows, columns, palette))
