"""Results of `evalkit neighbours`."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.family.closest_attractor import FamilyDistance
from evalkit.inputs.provenance import not_learnt
from evalkit.statistics.nearest_neighbours import Nearest
from fractaldream.datasets.notebook import NotebookResult, Table, TableColumn

from .caveats import manifold_caveats, unlike_data
from .copying import Copying
from .precision_recall import TIES, Prdc

if TYPE_CHECKING:
    from matplotlib.figure import Figure


QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95)
LISTED = 100  # generated images whose neighbours are in the JSON, the closest ones


@dataclass(frozen=True)
class Manifold:
    """Precision, recall, density and coverage, with balls that reach the k-th nearest image.

    Attributes
    ----------
    k
        Nearest image that a ball reaches to.
    images
        Number of images of each sort.
    features
        What the images are described by, in words.
    generated, fresh
        The four figures of generated images, and of never-seen ones for comparison.
    """

    k: int
    images: int
    features: str
    generated: Prdc
    fresh: Prdc


@dataclass(frozen=True)
class NeighboursResult(NotebookResult):
    """Generated images, their nearest training images, and the test for copying.

    Distances are root mean squares over the features.

    Attributes
    ----------
    model, kind, data
        Names of the model, its kind and the data.
    learnt
        Whether the model learnt from these data; None where that is not known.
    features
        What distances to training images are measured in.
    yardstick
        What the never-seen images are.
    trained_on, fresh
        Number of training images and of never-seen images.
    images
        The generated images, uint8 (N, C, S, S).
    labels
        The classes that they were generated as, int (N,), of a conditional model.
    nearest
        The k nearest training images of each; rows of the data.
    copying
        The test.
    closer_than_1_percent
        Share of the generated images that are closer to the training images than the closest 1% of
        the never-seen images.
    generated_quantiles, fresh_quantiles
        Quantiles, at `QUANTILES`, of the distance to the nearest training image.
    manifold
        Precision, recall, density and coverage.
    family
        How far the images stay from the whole Fractal Dream family; None for other data.
    """

    model: str
    kind: str
    data: str
    learnt: bool | None
    features: str
    yardstick: str
    trained_on: int
    fresh: int
    images: np.ndarray
    labels: np.ndarray | None
    nearest: Nearest
    copying: Copying
    closer_than_1_percent: float
    generated_quantiles: tuple[float, ...]
    fresh_quantiles: tuple[float, ...]
    manifold: Manifold
    family: FamilyDistance | None

    @property
    def verdict(self) -> str:
        """The outcome of the test for copying at the level of 5%, in words."""
        p, figures = self.copying.p_value, self.manifold.generated
        if not self.copying.significant:
            return f"no copying seen (p = {p:.2g})"
        if unlike_data(figures.precision, figures.recall, figures.density):
            return (
                f"closer to the training images than chance (p = {p:.2g}), but blurred or unlike "
                "the data: look at the picture"
            )
        return f"too close to the training images (p = {p:.2g})"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        closest_first = self.nearest.distances[:, 0].argsort(kind="stable")
        return {
            "model": self.model,
            "kind": self.kind,
            "data": self.data,
            "learnt_from": self.learnt,
            "verdict": self.verdict,
            "caveats": self._caveats(),
            "features": self.features,
            "generated": len(self.images),
            "trained_on": self.trained_on,
            "yardstick": {"what": self.yardstick, "images": self.fresh},
            "copying": asdict(self.copying),
            "closer_than_1_percent_of_fresh": self.closer_than_1_percent,
            "distances": {
                "quantiles": list(QUANTILES),
                "generated": list(self.generated_quantiles),
                "fresh": list(self.fresh_quantiles),
            },
            "manifold": {
                "k": self.manifold.k,
                "ties": TIES,
                "features": self.manifold.features,
                "images_of_each": self.manifold.images,
                "generated": asdict(self.manifold.generated),
                "fresh": asdict(self.manifold.fresh),
            },
            "closest": [
                {
                    "generated": int(i),
                    "rows": self.nearest.rows[i].tolist(),
                    "distances": self.nearest.distances[i].tolist(),
                }
                for i in closest_first[:LISTED]
            ],
            "family": None if self.family is None else self.family.to_dict(),
        }

    def table(self) -> Table:
        """Return the figures of generated images beside those of never-seen ones."""
        generated, fresh = self.manifold.generated, self.manifold.fresh
        test = self.copying
        rows: list[tuple[Any, ...]] = [
            (f"distance to the nearest training image, {q:.0%} quantile", a, b, "as of fresh ones")
            for q, a, b in zip(
                QUANTILES, self.generated_quantiles, self.fresh_quantiles, strict=True
            )
        ]
        rows.append(("closer than the closest 1% of fresh ones", self.closer_than_1_percent, 0.01,
                     "as of fresh ones"))  # fmt: skip
        rows.append(("copying, p-value", test.p_value, None, "small p-values say copying"))
        rows += [
            (name, round(getattr(generated, name), 3), round(getattr(fresh, name), 3), "higher")
            for name in ("precision", "recall", "density", "coverage")
        ]
        names = ("figure", "generated", "fresh (never seen)", "better")
        return Table(
            f"{self.model}: {len(self.images):,} generated images against {self.trained_on:,} "
            f"training images of {self.data}: {self.verdict}",
            tuple(map(TableColumn, names)),
            tuple(rows),
            self._notes(),
        )

    def _caveats(self) -> list[str]:
        """Return what the figures do not say by themselves."""
        figures = self.manifold.generated
        caveats = manifold_caveats(figures.precision, figures.recall, figures.density)
        if self.copying.significant and unlike_data(
            figures.precision, figures.recall, figures.density
        ):
            caveats.append(
                "The small p-value alone does not make such images copies: a model that has "
                "learned from few images lies slightly closer to them than to others. Copies look "
                "like their nearest training images."
            )
        return caveats

    def _notes(self) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        m, test = self.manifold, self.copying
        notes = [
            "A model that copies draws images closer to its training images than never-seen images "
            "of the same kind are. Precision is the share of generated images that lie among the "
            "real ones, recall the share of real images that lie among the generated ones; density "
            "counts how often, and coverage is the share of real images with a generated one near.",
            *self._caveats(),
            f"The p-value is the larger of two: closer to the training images than fresh ones are, "
            f"{test.p_closer_than_fresh:.2g} (C_T, {test.cells} cells), and closer to the training "
            f"images than to fresh ones, {test.p_prefers_training:.2g} "
            f"({test.nearest_is_training:.1%}, {test.expected:.1%} by chance).",
            f"Distances are root mean squares in {self.features}. Fresh: {self.fresh:,} "
            f"{self.yardstick}.",
            f"Precision to coverage: k = {m.k}, {TIES}, {m.images:,} images of each, by "
            f"{m.features}, in standard deviations. A blur lowers all four.",
        ]
        if self.learnt is False:
            notes.insert(0, not_learnt(self.data, self.model))
        return tuple(notes)

    def tables(self) -> tuple[Table, ...]:
        """Return the table, and that of the whole family for Fractal Dream."""
        return (self.table(), *([] if self.family is None else [_family_table(self.family)]))

    def plot(self) -> "Figure":
        """Draw the distances to training images, and precision, recall, density and coverage.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from .figures import neighbours_figure

        return neighbours_figure(
            QUANTILES,
            (self.generated_quantiles, self.fresh_quantiles),
            (self.manifold.generated, self.manifold.fresh),
        )


def _family_table(family: FamilyDistance) -> Table:
    """Return how far images are from the nearest attractor, any parameters allowed."""
    rows = [
        (name, median["nearest_known"], median["closest_found"])
        for name, median in family.medians().items()
    ]
    unit = "standard deviations"
    return Table(
        f"Distance to the whole family of attractors, {len(family.generated.after)} images of each",
        (
            TableColumn("images"),
            TableColumn("median distance to the nearest known", unit, "lower"),
            TableColumn("median distance to the closest found", unit, "lower"),
        ),
        tuple(rows),
        (
            "Distances are root mean squares of the same features as precision. "
            "The nearest known attractor is a training image, and the closest found is the best "
            f"of {family.renderings:,} renderings that a search from there makes. "
            f"{family.farther_than_fresh:.0%} of the generated images are "
            "farther from any attractor than 95% of fresh ones are; 5% is what fresh ones have.",
        ),
    )
