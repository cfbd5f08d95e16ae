"""What the evaluation of a generator returns."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from fractaldream.notebook import NotebookResult, Table, TableColumn

from .classes import Modes
from .curves import DiscriminatorCurves
from .distances import Distance
from .inception import Inception

ROW = "{:<34}{:>12}  {}".format
CLASS_ROW = "{:<14}{:>8}{:>8}{:>11}{:>11}{:>11}".format


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
        Number of images of each kind.
    seed
        Random seed.
    distances
        Distances by the name of the space. These are not FID and KID.
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
        if (i := self.inception) is not None:
            rows += [("FID", i.fid, None, "lower"), ("KID", i.kid, None, "lower")]
            rows.append(("Inception score", i.inception_score, None, "higher"))
        rows.append(("diversity, ratio", self.diversity, self.real_diversity, "near 1"))
        if (m := self.modes) is not None:
            rows.append(("classes covered", m.covered, len(m.classes), "higher"))
            rows.append(("total variation of class shares", m.distance, None, "lower"))
            rows.append(("class score", m.score, m.real_score, "higher"))
        return Table(
            f"{self.generator}: {self.images:,} generated images against as many {self.real} "
            f"images of {self.data}",
            tuple(map(TableColumn, ("figure", "generated", "training images", "better"))),
            tuple(rows),
            self.notes,
        )

    def plot(self) -> Any:
        """Draw the distances, and D(x) by epoch and the classes where there are any.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import overview_figure

        return overview_figure(self)

    def __str__(self) -> str:
        """Return all figures as a table, those of training images beside them."""
        lines = [
            ROW(
                f"{self.kind}, {self.images:,} images",
                "generated",
                f"training images (real: {self.real})",
            )
        ]
        for name, distance in self.distances.items():
            lines += _distance_rows(name, distance)
        if self.inception is not None:
            lines += _inception_rows(self.inception)
        lines.append(ROW("diversity, ratio", f"{self.diversity:.3f}", f"{self.real_diversity:.3f}"))
        if self.discrimination is not None:
            d = self.discrimination
            training = f"{d.training:.3f}  (held out {d.held_out:.3f})"
            lines.append(ROW("D", f"{d.generated:.3f}", training))
        if self.modes is not None:
            lines += _class_rows(self.modes)
        return "\n".join([*lines, *self.notes])


def _distance_rows(name: str, distance: Distance) -> Iterator[str]:
    d = distance
    yield ROW(f"frechet, {name} (not FID)", f"{d.frechet:.3f}", f"{d.real_frechet:.3f}")
    training = f"{d.real_kernel:.4f}  (+- {d.kernel_sd:.4f} over subsets)"
    yield ROW(f"kernel, {name} (not KID)", f"{d.kernel:.4f}", training)


def _inception_rows(inception: Inception) -> Iterator[str]:
    i = inception
    mark = "" if i.standard else ", other weights"
    yield ROW(f"FID{mark}", f"{i.fid:.3f}", "")
    yield ROW(f"KID{mark}", f"{i.kid:.5f}", f"(+- {i.kid_sd:.5f})")
    spread = f"(+- {i.inception_score_sd:.3f})"
    yield ROW(f"Inception score{mark}", f"{i.inception_score:.3f}", spread)


def _class_rows(modes: Modes) -> Iterator[str]:
    m = modes
    present = sum(c.real_share > 0 for c in m.classes)
    yield ROW("classes covered", f"{m.covered} of {present}", " ".join(m.missing))
    yield ROW("total variation of class shares", f"{m.distance:.3f}", "")
    yield ROW("class score (not Inception's)", f"{m.score:.3f}", f"{m.real_score:.3f}")
    yield ROW("unsure answers", f"{m.unsure:.3f}", f"{m.real_unsure:.3f}")
    if m.agreement is not None:
        yield ROW("named as asked for", f"{m.agreement:.3f}", "")
    yield CLASS_ROW("class", "share", "real", "certainty", "diversity", "agreement")
    for c in m.classes:
        optional = (
            "-" if value is None else f"{value:.3f}"
            for value in (c.certainty, c.diversity, c.agreement)
        )
        yield CLASS_ROW(c.label[:13], f"{c.share:.3f}", f"{c.real_share:.3f}", *optional)
