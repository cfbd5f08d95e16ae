"""The counts of a review, as the command prints them and summary.json holds them."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class FindingCount:
    """Number of images that have a finding, and number of those that lie within the budget."""

    images: int
    within_budget: int


@dataclass(frozen=True)
class ReviewSummary(NotebookResult):
    """Result of a review of a folder.

    Attributes
    ----------
    folder
        Name of the folder that was read.
    images, readable, other_files
        Number of image files, of those that could be decoded, and of files that are no images.
    features
        What images were compared by.
    budget
        Share of the images that one is willing to look at.
    to_look_at
        Number of images that the budget shows.
    findings
        Counts by finding, in the order in which the page groups them.
    expected_of_cut_crops
        Share of badly cut images that the budget is expected to show, estimated on cut versions of
        the set's own images; None where it was not estimated.
    learnt_from
        Number of decisions that the ranking learnt from; None before any.
    """

    folder: str
    images: int
    readable: int
    other_files: int
    features: str
    budget: float
    to_look_at: int
    findings: dict[str, FindingCount]
    expected_of_cut_crops: float | None = None
    learnt_from: int | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return what summary.json holds: plain values, without what is not known."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "ReviewSummary":
        """Rebuild a summary from what `to_dict` gave."""
        counts = {name: FindingCount(**count) for name, count in values["findings"].items()}
        return cls(**values | {"findings": counts})

    def table(self) -> Table:
        """Return how many images have each finding."""
        return Table(
            f"{self.folder}: {self.images:,} images, {self.readable:,} readable, "
            f"{self.to_look_at:,} to look at",
            (
                TableColumn("finding"),
                TableColumn("images"),
                TableColumn("to look at", f"in the first {self.budget:.0%}"),
            ),
            tuple((name, c.images, c.within_budget) for name, c in self.findings.items()),
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        """Return what the counts mean, and what is expected of looking."""
        notes = [
            "A finding is a reason to look, not a fault: you decide on the page. The images are "
            f"ranked by how likely they are to be left out; {self.to_look_at:,} are the first "
            f"{self.budget:.0%}.",
        ]
        if {"off-topic", "bad-crop"} & self.findings.keys():
            notes.append(
                "off-topic and bad-crop are ranks: they always hold the images that are furthest "
                "from the others, even where nothing is wrong."
            )
        if self.expected_of_cut_crops is not None:
            notes.append(
                f"Looking at {self.to_look_at:,} should show {self.expected_of_cut_crops:.0%} of "
                "badly cut images, if they are like the cuts that this was estimated on."
            )
        return tuple(notes)

    def plot(self) -> "Figure":
        """Draw how many images have each finding.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from evalkit.support.figures import new_figure

        figure, axes = new_figure(1, 1, (6.4, 1.2 + 0.3 * len(self.findings)))
        names = list(self.findings)
        counts = self.findings.values()
        axes[0, 0].barh(names, [c.images for c in counts], color="#56b4e9", label="images")
        axes[0, 0].barh(names, [c.within_budget for c in counts], color="#0072b2",
                        label="to look at")  # fmt: skip
        axes[0, 0].invert_yaxis()
        axes[0, 0].xaxis.get_major_locator().set_params(integer=True)
        axes[0, 0].set_xlabel("images")
        axes[0, 0].legend(frameon=False, fontsize=8)
        return figure
