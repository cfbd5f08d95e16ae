"""Interpolate between places: how fast the image changes on the way, and where its name does."""

import itertools
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.inputs.model import LatentModel, ModelSource
from evalkit.networks.classifier import Classifier, ClassifierSource
from evalkit.support.captions import shortened
from evalkit.support.docstrings import shared_parameters
from evalkit.support.figures import figure_png
from evalkit.support.pictures import enlarged, save_picture, tiles, to_rgb
from fractaldream.datasets.notebook import Table, TableColumn
from fractaldream_base.errors import BadInput

from .options import PATHS, InterpolationOptions
from .paths import lerp, slerp
from .picture_result import PictureResult
from .places import Images, Place, label_shares, open_space

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STILL = 0.02  # root mean square of pixels: shorter paths do not change the image
STREAM = 0x1A7  # of the seed: draws of this command are its own
STRIP_SIDE = 64  # pixels that an image of the strip has at least


@dataclass(frozen=True)
class Turn:
    """A change of the classifier's answer, between frames step - 1 and step; t is the latter's."""

    step: int
    t: float
    before: str
    after: str


@dataclass(frozen=True)
class InterpolationResult(PictureResult):
    """N frames along a path through all places; t runs from 0 by one to each next place.

    z are the latents (N, L) and images the decodings, float32 (N, C, S, S). speed (N - 1,) is the
    root mean square change of the pixels from frame to frame, per unit of t. length is the sum of
    all changes, direct the root mean square difference of the first and last image. answers and
    certainty (N,) are the classifier's, turns where the answer changes; None without one.
    """

    model: str
    path: str
    places: list[Place]
    t: np.ndarray
    z: np.ndarray
    images: np.ndarray
    speed: np.ndarray
    length: float
    direct: float
    answers: np.ndarray | None
    certainty: np.ndarray | None
    turns: list[Turn] | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "model": self.model,
            "path": self.path,
            "places": [place.name for place in self.places],
            "t": self.t,
            "latents": self.z,
            "norms": np.linalg.norm(self.z, axis=1),
            "speed": self.speed,
            "length": self.length,
            "direct": self.direct,
            "answers": self.answers,
            "certainty": self.certainty,
            "turns": None if self.turns is None else [asdict(turn) for turn in self.turns],
        }

    def table(self) -> Table:
        """Return length and speed of the path."""
        norms = np.linalg.norm(self.z, axis=1)
        pixels = "root mean square of pixels in [0, 1]"
        rows = (
            ("frames", len(self.z), ""),
            ("norm of the latent, least", float(norms.min()), ""),
            ("norm of the latent, largest", float(norms.max()), ""),
            ("length in images", self.length, pixels),
            ("from end to end", self.direct, pixels),
            ("speed, mean", float(self.speed.mean()), f"{pixels}, per place"),
            ("speed, fastest", float(self.speed.max()), f"{pixels}, per place"),
            (
                "where it is fastest",
                f"t = {self.t[int(self.speed.argmax())]:.2f}",
                f"of 0 to {self.t[-1]:g}",
            ),
        )
        names = " - ".join(place.name for place in self.places)
        columns = tuple(map(TableColumn, ("what", "value", "unit")))
        return Table(f"{self.model}: {self.path} path {names}", columns, rows, self._notes())

    def _notes(self) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        notes = [
            "The length adds up all changes from frame to frame; the nearer it is to the distance "
            "from end to end, the straighter the path is in images. No direction is better in "
            "itself: jumps show as places where the speed is far above its mean.",
        ]
        if self.length < STILL:
            notes.append(
                f"The images hardly change along the path (length {self.length:.4f}): the decoder "
                "gives nearly the same image everywhere."
            )
        if self.turns is not None and self.answers is not None:
            turns = [f"{turn.before} -> {turn.after} at step {turn.step} (t = {turn.t:.2f})"
                     for turn in self.turns]  # fmt: skip
            notes.append(f"The classifier says: {', '.join([str(self.answers[0]), *turns])}.")
        return tuple(notes)

    def picture(self, *, shown: int = 16) -> bytes:
        """Draw what `plot` draws, as PNG."""
        return figure_png(self.plot(shown=shown))

    def plot(self, *, shown: int = 16) -> "Figure":
        """Draw a strip of `shown` frames over the curves of speed and certainty."""
        from fractaldream_base.notebook_figure import NotebookFigure

        at = np.unique(np.round(np.linspace(0, len(self.t) - 1, shown)).astype(int))
        strip = tiles(enlarged(to_rgb(self.images[at]), STRIP_SIDE), len(at))
        panels = 2 if self.certainty is None else 3
        width = 12.0
        height = width * strip.shape[0] / strip.shape[1]
        size = (width, height + 0.5 + 1.5 * (panels - 1))
        figure = NotebookFigure(figsize=size, layout="constrained")
        ratios = [height + 0.3, *[1.4] * (panels - 1)]
        axes = figure.subplots(panels, 1, height_ratios=ratios)
        axes[0].imshow(strip, interpolation="nearest")  # square pixels
        axes[0].set_anchor("W")
        axes[0].axis("off")
        names = " - ".join(shortened(p.name, 24) for p in self.places)
        axes[0].set_title(f"{self.path} path {names}", fontsize=9, loc="left")
        axes[1].plot((self.t[1:] + self.t[:-1]) / 2, self.speed, color="#0072b2")
        top = 1.15 * float(self.speed.max())
        axes[1].set(ylabel="change of\npixels per t", ylim=(0, top or 1.0))
        if panels == 3:
            self._draw_certainty(axes[2])
        for panel in axes[1:]:
            panel.set_xlim(0, self.t[-1])
            for turn in self.turns or []:
                panel.axvline(turn.t, color="#777", lw=0.8, ls=":")
        axes[-1].set_xlabel("t, from 0 (the first place) to 1 per place")
        return figure

    def _draw_certainty(self, axes: "Axes") -> None:
        assert self.certainty is not None and self.answers is not None
        axes.plot(self.t, self.certainty, color="#d55e00")
        axes.set(ylabel="certainty", ylim=(0, 1.05))
        edges = [0, *[turn.step for turn in self.turns or []], len(self.t)]
        for first, last in itertools.pairwise(edges):
            middle = (self.t[first] + self.t[min(last, len(self.t) - 1)]) / 2
            name = shortened(str(self.answers[first]), 16)
            axes.text(middle, 0.08, name, ha="center", fontsize=9)

    def save(self, path: str | Path, *, shown: int = 16) -> None:
        """Write the picture as PNG. Raises BadInput."""
        save_picture(path, self.picture(shown=shown))


@shared_parameters
def interpolate(
    model: ModelSource,
    places: Sequence[str | Place],
    data: Images = None,
    *,
    classifier: ClassifierSource | None = None,
    options: InterpolationOptions = InterpolationOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> InterpolationResult:
    """Follow a path through latent space from place to place.

    A conditional model decodes with shares of the labels of both places, as the path goes on.

    Parameters
    ----------
    places
        Two or more places, as `evalkit.latent_space.places` writes them: ``["3", "5"]``.
    data
        Images that places name; opened only where one does. Default: the data that the
        checkpoint records.
    options
        How the path goes.

    Returns
    -------
    InterpolationResult
        The frames, how fast the images change along them, and where the classifier's answer turns.

    Raises
    ------
    BadInput
        If a place does not exist, or there is no such path between two of them.
    """
    check(places, options)
    space = open_space(model, data, classifier, device)
    if options.path == "spherical" and space.model.latent < 2:
        raise BadInput(f"{space.model.name}: one latent has no sphere; give --path linear")
    ends = space.places(places, seed=[options.seed, STREAM], label=options.label)
    z, labels = follow(space.model, ends, options)
    images = space.model.decode(z, labels, progress=progress)
    change = np.sqrt(((images[1:] - images[:-1]) ** 2).mean((1, 2, 3), dtype=np.float64))
    t = np.arange(len(z)) / options.steps
    answers = certainty = turns = None
    if space.classifier is not None:
        answers, certainty, turns = answers_along(space.classifier, images, t)
    direct = float(np.sqrt(((images[-1] - images[0]) ** 2).mean(dtype=np.float64)))
    return InterpolationResult(
        space.model.name, options.path, ends, t, z, images, change * options.steps,
        float(change.sum()), direct, answers, certainty, turns,
    )  # fmt: skip


def check(places: Sequence[str | Place], options: InterpolationOptions) -> None:
    """Raise BadInput where no path can go, before the work begins."""
    if options.path not in PATHS:
        raise BadInput(f"path {options.path!r}: give {' or '.join(PATHS)}")
    if options.steps < 1:
        raise BadInput(f"steps {options.steps}: give 1 or more")
    if len(places) < 2:
        name = getattr(places[0], "name", places[0]) if places else "no place"
        raise BadInput(f"{name}: one place makes no path; give two or more")


def follow(
    model: LatentModel, places: Sequence[Place], options: InterpolationOptions
) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the latents (N, L) along the path, and the labels that they are decoded with.

    N is `steps` for each part and one; labels are float (N, classes), None where the model is not
    conditional. Raises BadInput.
    """
    between = {"linear": lerp, "spherical": slerp}[options.path]
    steps = options.steps
    share = np.arange(steps + 1) / steps
    codes, weights = [], []
    for k, (a, b) in enumerate(itertools.pairwise(places)):
        try:
            part = between(a.z, b.z, share)
        except BadInput as error:
            raise BadInput(f"{a.name} to {b.name}: {error}") from error
        part_weights = np.zeros((steps + 1, len(places)))
        part_weights[:, k], part_weights[:, k + 1] = 1 - share, share
        first = 0 if k == 0 else 1  # a place between two parts is one frame
        codes.append(part[first:])
        weights.append(part_weights[first:])
    labels = label_shares(model, [place.label for place in places], np.concatenate(weights))
    return np.concatenate(codes), labels


def answers_along(
    classifier: Classifier, images: np.ndarray, t: np.ndarray
) -> tuple[np.ndarray, np.ndarray, list[Turn]]:
    """Return the classifier's answers (N,), their certainty (N,) and where the answer changes."""
    probabilities = classifier.probabilities(images)
    best = probabilities.argmax(1)
    answers = np.array(classifier.labels)[best]
    turns = [
        Turn(int(i) + 1, float(t[i + 1]), str(answers[i]), str(answers[i + 1]))
        for i in np.flatnonzero(best[1:] != best[:-1])
    ]
    return answers, probabilities.max(1), turns
