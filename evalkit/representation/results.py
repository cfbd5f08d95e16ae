"""Results of `evalkit probe`."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .figures import accuracy_figure
from .scores import CodeRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NOTE = (
    "All codes are of held-out images; chance is {chance:.1%}. linear: logistic regression on the "
    "codes. 1-NN: the label of the nearest training image. clustering: k-means without labels, "
    "each cluster given one label (Hungarian method); nmi and ari: its normalised mutual "
    "information with the labels, and its adjusted Rand index."
)


@dataclass(frozen=True)
class CodeProbe(NotebookResult):
    """Scores of what can be read from the codes of models, beside PCA and pixels.

    Attributes
    ----------
    data
        Name of the data set.
    train, held_out
        Number of training and held-out images.
    classes
        Names of the labels.
    chance
        Share of the most frequent label of the held-out images.
    rows
        The scores, of the models first.
    """

    data: str
    train: int
    held_out: int
    classes: tuple[str, ...]
    chance: float
    rows: tuple[CodeRow, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def plot(self) -> "Figure":
        """Draw the three accuracies of each way to encode images, and chance.

        Returns
        -------
        matplotlib.figure.Figure
        """
        return accuracy_figure(self.rows, self.chance)

    def table(self) -> Table:
        """Return a row of scores for each way to encode images."""
        names = ("linear", "1-NN", "clustering", "nmi", "ari")
        return Table(
            f"{self.data}: {len(self.classes)} labels read from codes, {self.train:,} images to "
            f"learn from, {self.held_out:,} held out",
            (
                TableColumn("codes"),
                TableColumn("kind"),
                TableColumn("L"),
                *(TableColumn(name, better="higher") for name in names),
            ),
            tuple(
                (
                    row.name,
                    row.kind,
                    row.latent,
                    *(round(value, 4) for value in asdict(row.scores).values()),
                )
                for row in self.rows
            ),
            (NOTE.format(chance=self.chance),),
        )
