"""Results of the evaluation of a generator."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from evalkit.support.captions import short_names
from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .classes import Modes
from .classifier_two_sample import ClassifierTest
from .curves import DiscriminatorCurves
from .distances import Distance
from .inception import Inception

if TYPE_CHECKING:
    from matplotlib.figure import Figure


FEW = 2_000  # images below which a Frechet distance is mostly that of the sample's size
MEMORISED = 0.1  # of D: training images above held-out ones by so much
NARROW, WIDE = 0.8, 1.2  # diversity beyond which images are too alike or too unlike


@dataclass(frozen=True)
class Discrimination:
    """Mean D(x) of the checkpoint's own discriminator, over 512 images each at most.

    Training images well above held-out ones mean that the discriminator has memorised them.
    """

    training: float
    held_out: float
    generated: float


@dataclass(frozen=True)
class Quality(NotebookResult):
    """All figures of one generator.

    Attributes
    ----------
    generator, kind
        Name and kind of the model.
    data
        Name of the data set.
    real
        Which real images it was compared with: `fresh` or `held out`.
    images
        Number of images of each sort.
    seed
        Random seed.
    distances
        Distances by the name of the space. These are not FID and KID.
    classifier_test
        How well a network tells generated images from real ones; None where that was left out.
    diversity, real_diversity
        Mean distance between two generated images, and between two training images, over that of
        two real images; 1 is best.
    modes
        Coverage of the classes; None without a classifier.
    discrimination
        What the discriminator of the checkpoint says; None for kinds without one.
    verdicts
        D(x) and D(G(z)) by epoch; None where they were not recorded.
    inception
        FID, KID and Inception score; None without weights.
    notes
        What was not measured, and why.
    """

    generator: str
    kind: str
    data: str
    real: str
    images: int
    seed: int
    distances: dict[str, Distance]
    classifier_test: ClassifierTest | None
    diversity: float
    real_diversity: float
    modes: Modes | None
    discrimination: Discrimination | None
    verdicts: DiscriminatorCurves | None
    inception: Inception | None
    notes: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)

    def table(self) -> Table:
        """Return the figures, those of training images beside them."""
        rows: list[tuple[Any, ...]] = []
        for name, d in self.distances.items():
            rows.append((f"Frechet distance, {name} (not FID)", d.frechet, d.real_frechet, "lower"))
            rows.append((f"kernel distance, {name} (not KID)", d.kernel, d.real_kernel, "lower"))
        if (t := self.classifier_test) is not None:
            rows.append(("classifier test, accuracy", t.accuracy, t.real_accuracy, "near 0.5"))
        if (i := self.inception) is not None:
            rows += [("FID", i.fid, None, "lower"), ("KID", i.kid, None, "lower")]
            rows.append(("Inception score", i.inception_score, None, "higher"))
        rows.append(("diversity, ratio", self.diversity, self.real_diversity, "near 1"))
        if (c := self.discrimination) is not None:
            rows.append(("D, mean answer of the discriminator", c.generated, c.training, ""))
        if (m := self.modes) is not None:
            present = sum(k.real_share > 0 for k in m.classes)
            rows.append(("classes covered", m.covered, present, "higher"))
            rows.append(("total variation of class shares", m.distance, None, "lower"))
            rows.append(("class score (not Inception's)", m.score, m.real_score, "higher"))
            rows.append(("unsure answers, share", m.unsure, m.real_unsure, "lower"))
            if m.agreement is not None:
                rows.append(("named as asked for, share", m.agreement, None, "higher"))
        return Table(
            f"{self.generator} ({self.kind}): {self.images:,} generated images against as many "
            f"{self.real} images of {self.data}",
            tuple(map(TableColumn, ("figure", "generated", "training images", "better"))),
            tuple(rows),
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        notes = [
            "Distances compare the generated images with real ones that the model has not seen, in "
            "features of a network; the training images beside them show what a perfect model "
            "would reach. Diversity is the distance between two generated images over that "
            "between two real ones.",
        ]
        if (t := self.classifier_test) is not None:
            low, high = t.interval
            notes.append(
                f"Classifier test: a network that learnt from {t.learnt:,} images of {t.side} px, "
                f"half of them real, tells {t.accuracy:.1%} of {t.held_out:,} others rightly (95% "
                f"interval {low:.1%} to {high:.1%}). 50% is perfect: it cannot tell them; 100%: "
                "every image betrays itself."
            )
        if self.diversity < NARROW * self.real_diversity:
            notes.append(
                f"Diversity ({self.diversity:.3f}) is low: the model draws few of the kinds of "
                "image in the data, or blurs."
            )
        elif self.diversity > WIDE * self.real_diversity:
            notes.append(
                f"Diversity ({self.diversity:.3f}) is above that of the data: noise makes images "
                "unlike each other, too."
            )
        if self.images < FEW:
            notes.append(
                f"Frechet distances of {self.images:,} images are biased upwards: compare them "
                "with distances of as many images only."
            )
        kernels = ", ".join(f"{d.kernel_sd:.4f} ({name})" for name, d in self.distances.items())
        notes.append(f"Standard deviations over subsets: kernel distance {kernels}.")
        if (i := self.inception) is not None:
            mark = "" if i.standard else " The weights are not the standard ones."
            notes.append(
                f"Those of Inception: KID {i.kid_sd:.5f}, score {i.inception_score_sd:.3f}.{mark}"
            )
        notes += self._discriminator_notes()
        if self.modes is not None and self.modes.missing:
            notes.append(f"Classes that the model does not draw: {', '.join(self.modes.missing)}.")
        return (*notes, *self.notes)

    def _discriminator_notes(self) -> list[str]:
        """Return how the discriminator answers on held-out images, and whether it memorised."""
        d = self.discrimination
        if d is None:
            return []
        learnt = d.training - d.held_out > MEMORISED
        more = (
            "it has memorised training images" if learnt else "no sign that it has memorised them"
        )
        shares = f"held-out images {d.held_out:.3f}, of training images {d.training:.3f}"
        return [f"The discriminator's mean answer D of {shares}: {more}."]

    def tables(self) -> tuple[Table, ...]:
        """Return the table, and that of the classes where there are any."""
        return (self.table(), *([] if self.modes is None else [_class_table(self.modes)]))

    def plot(self) -> "Figure":
        """Draw the distances, and D(x) by epoch and the classes where there are any.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import quality_figure

        parts = [part for part in (self.verdicts, self.modes) if part is not None]
        return quality_figure(self.distances, parts)


def _class_table(modes: Modes) -> Table:
    """Return a row for each class."""
    names = short_names((c.label for c in modes.classes), 32)
    return Table(
        "By class, as the classifier names the images",
        (
            TableColumn("class"),
            TableColumn("share", "", "near real"),
            TableColumn("real share"),
            TableColumn("certainty", "", "higher"),
            TableColumn("diversity", "", "near 1"),
            TableColumn("as asked for", "", "higher"),
        ),
        tuple(
            (
                name,
                *(
                    None if v is None else round(v, 3)
                    for v in (c.share, c.real_share, c.certainty, c.diversity, c.agreement)
                ),
            )
            for name, c in zip(names, modes.classes, strict=True)
        ),
    )
