"""Decode a plane through latent space on a grid, and find where a classifier's answer changes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.inputs.model import LatentModel, ModelSource
from evalkit.networks.classifier import Classifier, ClassifierSource
from evalkit.support.docstrings import shared_parameters
from fractaldream.datasets.notebook import Table, TableColumn
from fractaldream_base.errors import BadInput

from .options import GridOptions
from .picture_result import PictureResult
from .places import Images, Space, open_space
from .plane import (
    Plane,
    coordinates,
    need_directions,
    need_two,
    plane_of_axes,
    plane_of_components,
    plane_of_places,
    training_codes,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure


VALUES = 2**29  # pixel values in one grid, at most: 2 GiB
BORDER = (213, 94, 0)  # colour of the line between cells that the classifier names differently
GAP = 2  # pixels between images
ONE_CLASS = 0.95  # share of the cells above which a plane shows one class alone
STREAM = 0x6A1  # of the seed: draws of this command are its own


@dataclass(frozen=True)
class GridResult(PictureResult):
    """The decodings of a plane.

    at are the coordinates (n,) of both sides. images are float32 (n, n, C, S, S): first index t,
    row 0 the lowest, second s. answers and certainty (n, n) are the classifier's; None without one.
    """

    model: str
    plane: Plane
    at: np.ndarray
    images: np.ndarray
    answers: np.ndarray | None
    certainty: np.ndarray | None

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return {
            "model": self.model,
            "plane": self.plane.description,
            "origin": self.plane.origin,
            "first": self.plane.first,
            "second": self.plane.second,
            "coordinates": self.at,
            "order": "rows of answers: t upwards; columns: s to the right",
            "answers": self.answers,
            "certainty": self.certainty,
            "shares": None if self.answers is None else self.shares(),
        }

    def shares(self) -> dict[str, float]:
        """Return the share of the images that bear each name."""
        assert self.answers is not None
        names, counts = np.unique(self.answers, return_counts=True)
        return {str(k): float(c / self.answers.size) for k, c in zip(names, counts, strict=True)}

    def table(self) -> Table:
        """Return where the plane lies, and the share of each of the classifier's answers."""
        shares = {} if self.answers is None else self.shares()
        shares = dict(sorted(shares.items(), key=lambda item: -item[1]))
        n = len(self.at)
        span = f"{self.at[0]:.3g} to {self.at[-1]:.3g}"
        return Table(
            f"{self.model}: {n} x {n} decodings, {self.plane.description}",
            (TableColumn("what"), TableColumn("value")),
            (("coordinates", span), *((f"share of {k}", v) for k, v in shares.items())),
            self._notes(shares),
        )

    def _notes(self, shares: dict[str, float]) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        notes = [
            "Every cell is the image that the model decodes there: neighbours that resemble each "
            "other show a smooth latent space. No figure here is better high or low.",
        ]
        if self.certainty is not None:
            notes.append(
                "Shares are of the cells that the classifier calls so; it is "
                f"{self.certainty.mean():.1%} certain in the mean."
            )
        if shares and max(shares.values()) > ONE_CLASS:
            name = max(shares, key=lambda k: shares[k])
            notes.append(
                f"It calls nearly all cells {name}: on this plane the model draws one class, or "
                "images that the classifier cannot tell apart."
            )
        return tuple(notes)

    def plot(self) -> "Figure":
        """Draw the grid with its axes, the names of classes and a line where the answer changes."""
        from .grid_figure import draw_grid

        return draw_grid(self.mosaic(), self.at, self.plane, self.answers, name=self.model)

    def mosaic(self) -> np.ndarray:
        """Lay the images out, t upwards, a line where the answer changes: uint8 (H, W, 3)."""
        from evalkit.support.pictures import tiles, to_rgb

        n, side = len(self.at), self.images.shape[-1]
        images = to_rgb(self.images[::-1].reshape(n * n, *self.images.shape[2:]))
        sheet = tiles(images, n, gap=GAP)
        if self.answers is not None:
            _draw_borders(sheet, self.answers[::-1], side)
        return sheet


def _draw_borders(sheet: np.ndarray, answers: np.ndarray, side: int) -> None:
    n, pitch = len(answers), side + GAP
    for y in range(n):
        for x in range(n):
            top, left = GAP + y * pitch, GAP + x * pitch
            if x + 1 < n and answers[y, x] != answers[y, x + 1]:
                sheet[top - GAP : top + side + GAP, left + side : left + pitch] = BORDER
            if y + 1 < n and answers[y, x] != answers[y + 1, x]:
                sheet[top + side : top + pitch, left - GAP : left + side + GAP] = BORDER


@shared_parameters
def grid(
    model: ModelSource,
    data: Images = None,
    *,
    classifier: ClassifierSource | None = None,
    options: GridOptions = GridOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> GridResult:
    """Decode a plane through latent space on a grid of n x n coordinates.

    Parameters
    ----------
    data
        Images for components and places; opened only where the plane needs them. Default: the
        data that the checkpoint records.
    options
        Which plane, and at how many places.

    Returns
    -------
    GridResult
        The images, the coordinates of both sides, and what the classifier calls each image.

    Raises
    ------
    BadInput
        If there is no such plane, or the grid is too large to hold.
    """
    at = side_of(options)
    space = open_space(model, data, classifier, device)
    need_two(space.model)
    plane = choose_plane(space, options, progress=progress)
    return decode_grid(space.model, plane, at, space.classifier, progress=progress)


def side_of(options: GridOptions) -> np.ndarray:
    """Return the coordinates of a side of the grid, float (n,). Raises BadInput."""
    if options.through and options.plane != "places":
        raise BadInput(f"--through: goes with --plane places, not {options.plane}")
    if options.plane == "places":
        return coordinates(options.n, low=0.0, high=1.0)
    reach, quantiles = options.reach, options.quantiles
    return coordinates(options.n, low=-reach, high=reach, quantiles=quantiles)


def choose_plane(space: Space, options: GridOptions, *, progress: bool = False) -> Plane:
    """Return the plane that the options name. Raises BadInput."""
    model = space.model
    if options.plane == "places":
        seed = [options.seed, STREAM]
        return plane_of_places(model, space.places(options.through, seed=seed, label=options.label))
    if model.conditional and options.label is None:
        raise BadInput(
            f"{model.name}: {model.kind} needs a label to decode; give --label, one of "
            f"{', '.join(model.labels)}"
        )
    label = None if options.label is None else model.label(options.label)
    if options.plane == "axes":
        return plane_of_axes(model, options.axes, label)
    if options.plane == "components":
        need_directions(model)
        return plane_of_components(training_codes(model, space.data(), progress=progress), label)
    raise BadInput(f"plane {options.plane!r}: give axes, components or places")


def decode_grid(
    model: LatentModel,
    plane: Plane,
    at: np.ndarray,
    classifier: Classifier | None = None,
    *,
    progress: bool = False,
) -> GridResult:
    """Decode a plane at all pairs of the coordinates `at` (n,). Raises BadInput."""
    n = len(at)
    most = int((VALUES // (model.channels * model.size**2)) ** 0.5)
    if n > most:
        raise BadInput(
            f"n {n}: {n} x {n} images of {model.size} px are too many to hold; give at most {most}"
        )
    t, s = (axis.ravel() for axis in np.meshgrid(at, at, indexing="ij"))
    labels = plane.label_shares(model, s, t)
    images = model.decode(plane.latents(s, t), labels, progress=progress)
    answers = certainty = None
    if classifier is not None:
        probabilities = classifier.probabilities(images)
        answers = np.array(classifier.labels)[probabilities.argmax(1)].reshape(n, n)
        certainty = probabilities.max(1).reshape(n, n)
    images = images.reshape(n, n, *images.shape[1:])
    return GridResult(model.name, plane, at, images, answers, certainty)
