"""Arithmetic on places in latent space, such as 0 + 4 - 7: decoded, named, compared with data."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel, ModelSource
from evalkit.networks.classifier import Classifier, ClassifierSource
from evalkit.networks.features import pixels
from evalkit.statistics.nearest_neighbours import Nearest, nearest
from evalkit.support.captions import shortened
from evalkit.support.docstrings import shared_parameters
from fractaldream.datasets.notebook import Table, TableColumn

from .options import ArithmeticOptions
from .picture_result import PictureResult
from .places import Images, Place, open_space, prior_name
from .terms import Term, parse

if TYPE_CHECKING:
    from matplotlib.figure import Figure


STREAM = 0x5D3  # of the seed: draws of this command are its own
QUANTILES = (0.05, 0.95)  # of the norm, between which a sum is usual
DRAWS = 10_000  # latents that these are estimated from, where the prior is not N(0, I)


@dataclass(frozen=True)
class ArithmeticResult(PictureResult):
    """A sum of places.

    z is the sum (L,), image its decoding, float32 (C, S, S), and term_images (K, C, S, S) those of
    the places. nearest holds the k training images nearest to it by root mean squares of their
    pixels' area means, rows of the data; nearest_images are float32 (k, C, S, S). answers and
    certainties are the classifier's, for the places and then the sum. usual_norms are the 5% and
    95% quantiles of the norm of a draw from `prior`, which samples are drawn from.
    """

    model: str
    expression: str
    terms: list[Term]
    places: list[Place]
    z: np.ndarray
    image: np.ndarray
    term_images: np.ndarray
    nearest: Nearest
    nearest_images: np.ndarray
    nearest_labels: list[str] | None
    answers: list[str] | None
    certainties: list[float] | None
    usual_norms: tuple[float, float]
    prior: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "model": self.model,
            "expression": self.expression,
            "latent": self.z,
            "norm": float(np.linalg.norm(self.z)),
            "usual_norms": list(self.usual_norms),
            "terms": [
                {
                    "factor": term.factor,
                    "name": term.name,
                    "norm": float(np.linalg.norm(place.z)),
                    "classifier": self.answers[i] if self.answers else None,
                    "certainty": self.certainties[i] if self.certainties else None,
                }
                for i, (term, place) in enumerate(zip(self.terms, self.places, strict=True))
            ],
            "classifier": self.answers[-1] if self.answers else None,
            "certainty": self.certainties[-1] if self.certainties else None,
            "nearest": {
                "rows": self.nearest.rows[0],
                "distances": self.nearest.distances[0],
                "labels": self.nearest_labels,
            },
        }

    def table(self) -> Table:
        """Return the training images that are nearest to the sum."""
        labels = self.nearest_labels or [None] * len(self.nearest.rows[0])  # type: ignore[list-item]
        rows = zip(
            self.nearest.rows[0].tolist(), self.nearest.distances[0].tolist(), labels, strict=True
        )
        return Table(
            f"{self.model}: training images nearest to {self.expression}",
            (
                TableColumn("row"),
                TableColumn("distance", "root mean square of pixels in [0, 1]", "lower"),
                TableColumn("class"),
            ),
            tuple(rows),
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        low, high = self.usual_norms
        norm = float(np.linalg.norm(self.z))
        notes = [
            "The nearest training images show what the decoded sum resembles, pixel by pixel. "
            "Where all are equally near, the sum is a mean of many images.",
            f"The norm of the latent is {norm:.2f}; nine in ten draws from {self.prior} lie "
            f"from {low:.2f} to {high:.2f}.",
        ]
        if not low <= norm <= high:
            notes.append("The sum lies outside: the decoder has seen few latents there.")
        if self.answers is not None and self.certainties is not None:
            notes.append(f"The classifier says: {self.answers[-1]} ({self.certainties[-1]:.1%}).")
        return tuple(notes)

    def plot(self) -> "Figure":
        """Draw the terms and the sum, below them the nearest images."""
        from fractaldream.datasets.drawing import picture_figure

        return picture_figure(self.picture())

    def picture(self) -> np.ndarray:
        """Draw the terms and the sum, below them the nearest images: uint8 (H, W, 3)."""
        from evalkit.support.pictures import sheet

        signs = ["-" if term.factor < 0 else "+" if i else "" for i, term in enumerate(self.terms)]
        factors = ["" if abs(t.factor) == 1 else f"{abs(t.factor):g} * " for t in self.terms]
        captions = [
            f"{sign} {factor}{shortened(t.name, 16)}".strip()
            for sign, factor, t in zip(signs, factors, self.terms, strict=True)
        ]
        answer = "= ?"
        if self.answers is not None and self.certainties is not None:
            answer = f"= {shortened(self.answers[-1], 16)}\n({self.certainties[-1]:.0%})"
        distances = [
            f"{d:.3f}" + (f"  {self.nearest_labels[i]}" if self.nearest_labels else "")
            for i, d in enumerate(self.nearest.distances[0])
        ]
        rows = [[*self.term_images, self.image], [*self.nearest_images]]
        return sheet(rows, [[*captions, answer], distances], breaks=())


@shared_parameters
def arithmetic(
    model: ModelSource,
    expression: str,
    data: Images = None,
    *,
    classifier: ClassifierSource | None = None,
    options: ArithmeticOptions = ArithmeticOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> ArithmeticResult:
    """Add and subtract places in latent space, and decode the sum.

    Parameters
    ----------
    expression
        Places (see `evalkit.latent_space.places`) with + or - and spaces between; 0.5*PLACE is
        half of one: ``"0 + 4 - 7"``.
    data
        Images that places name, and among which the nearest are looked for. Default: the data
        that the checkpoint records.
    options
        How the sum is decoded and compared.

    Returns
    -------
    ArithmeticResult
        The sum, what it decodes to, and the training images that are nearest to it.

    Raises
    ------
    BadInput
        If the expression cannot be read, or a place does not exist.
    """
    terms = parse(expression)
    space = open_space(model, data, classifier, device)
    names = [term.name for term in terms]
    places = space.places(names, seed=[options.seed, STREAM], label=options.label)
    z = np.sum([term.factor * place.z for term, place in zip(terms, places, strict=True)], 0)
    images = decode_sum(space.model, places, z)
    answers, certainties = answers_to(space.classifier, images)
    data = space.data()
    near = nearest_training_images(space.model, data, images[-1], options.k, progress=progress)
    rows = near.rows[0]
    near_labels = None if data.labels is None else [data.classes[i] for i in data.labels[rows]]
    return ArithmeticResult(
        space.model.name, expression, terms, places, z, images[-1], images[:-1], near,
        data.images(rows), near_labels, answers, certainties,
        usual_norms(space.model), prior_name(space.model),
    )  # fmt: skip


def usual_norms(model: LatentModel) -> tuple[float, float]:
    """Return the 5% and 95% quantiles of the norm of a draw from the prior."""
    from scipy.stats import chi

    if model.normal_prior:
        low, high = chi.ppf(QUANTILES, model.latent)
    else:
        draws = model.draw(DRAWS, np.random.default_rng(0))
        low, high = np.quantile(np.linalg.norm(draws, axis=1), QUANTILES)
    return float(low), float(high)


def decode_sum(model: LatentModel, places: list[Place], z: np.ndarray) -> np.ndarray:
    """Decode the places and then their sum z (L,): float32 (K + 1, C, S, S).

    A conditional model decodes the sum with the label of the first place.
    """
    labels = None
    if model.conditional:
        labels = np.array([*(place.label for place in places), places[0].label])
    return model.decode(np.stack([*(place.z for place in places), z]), labels)


def answers_to(
    classifier: Classifier | None, images: np.ndarray
) -> tuple[list[str] | None, list[float] | None]:
    """Return what a classifier calls each image, and how certain it is; None without one."""
    if classifier is None:
        return None, None
    probabilities = classifier.probabilities(images)
    answers = [classifier.labels[i] for i in probabilities.argmax(1)]
    return answers, [float(p) for p in probabilities.max(1)]


def nearest_training_images(
    model: LatentModel, data: ImageSet, image: np.ndarray, k: int, *, progress: bool = False
) -> Nearest:
    """Return the k training images nearest to one image (C, S, S); rows are those of the data."""
    features = pixels(model.size, model.channels)
    bank = features.of_rows(data, data.train, progress=progress)
    near = nearest(features.of(image[None]), bank, min(k, len(bank)))
    return Nearest(data.train[near.rows], near.distances)
