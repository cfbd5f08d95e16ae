"""Planes through latent space: two axes, two principal components, or through three places."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import ndtri

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.networks.classifier import Classifier

from .places import Anchor, own_labels, shares

KINDS = ("axes", "components", "anchors")
MOST = 10_000  # images that principal components are of
SIDE = 1_000  # decodings a side, at most
VALUES = 2**29  # of pixels in one grid, at most: 2 GiB
BORDER = (213, 94, 0)  # between cells that the classifier names differently


@dataclass(frozen=True)
class Plane:
    """z(s, t) = origin + s first + t second, each (L,); s to the right, t upwards.

    what: in words. labels: rows of the labels at origin, origin + first, origin + second, for
    conditional kinds.
    """

    what: str
    origin: np.ndarray
    first: np.ndarray
    second: np.ndarray
    labels: tuple[int | None, ...] = (None, None, None)

    def latents(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        """(N, L) of coordinates (N,), (N,)."""
        s, t = np.asarray(s, float)[:, None], np.asarray(t, float)[:, None]
        ends = {(1.0, 0.0): self.origin + self.first, (0.0, 1.0): self.origin + self.second}
        z = self.origin + s * self.first + t * self.second
        for (at_s, at_t), end in ends.items():
            z = np.where((s == at_s) & (t == at_t), end, z)
        return z

    def told(self, model: LatentModel, s: np.ndarray, t: np.ndarray) -> np.ndarray | None:
        """What a conditional model is told there: shares of the labels, float (N, classes)."""
        s, t = np.clip(s, 0, 1), np.clip(t, 0, 1)
        rest = np.clip(1 - s - t, 0, None)
        weights = np.stack([rest, s, t], 1)
        weights /= weights.sum(1, keepdims=True)
        return shares(model, list(self.labels), weights)


def plane_of_axes(model: LatentModel, axes: tuple[int, int], label: int | None = None) -> Plane:
    """Two coordinates, the others nought. Raises BadInput."""
    need_two(model)
    i, j = axes
    if i == j or not 0 <= min(axes) <= max(axes) < model.latent:
        raise BadInput(
            f"axes {i},{j}: give two different ones, 0 to {model.latent - 1}, of {model.name}"
        )
    unit = np.eye(model.latent)
    what = f"axes {i} (right) and {j} (up)"
    return Plane(what, np.zeros(model.latent), unit[i], unit[j], (label,) * 3)


def plane_of_components(
    model: LatentModel, data: ImageSet, label: int | None = None, *, progress: bool = False
) -> Plane:
    """The first two principal components of the encoded training images, in standard deviations.

    Signs: the largest number of either is positive.
    """
    need_two(model)
    model.need_encoder("--plane components")
    rows = data.train[:MOST]
    z = model.encode(data.images(rows), own_labels(model, data, rows), progress=progress)
    z = z.astype(np.float64)
    mean = z.mean(0)
    _, spread, axes = np.linalg.svd(z - mean, full_matrices=False)
    spread, axes = spread[:2] / len(z) ** 0.5, axes[:2]
    axes *= np.sign(axes[np.arange(2), np.abs(axes).argmax(1)])[:, None]
    share = spread**2 / ((z - mean) ** 2).mean(0).sum()
    what = f"principal components ({share[0]:.0%} and {share[1]:.0%} of the variance)"
    return Plane(what, mean, spread[0] * axes[0], spread[1] * axes[1], (label,) * 3)


def plane_of_anchors(model: LatentModel, anchors: list[Anchor]) -> Plane:
    """Through three places: (0, 0), (1, 0) and (0, 1). Raises BadInput."""
    need_two(model)
    if len(anchors) != 3:
        raise BadInput(f"{len(anchors)} places: a plane goes through three")
    a, b, c = (anchor.z.astype(float) for anchor in anchors)
    if np.linalg.matrix_rank(np.stack([b - a, c - a])) < 2:
        raise BadInput(
            f"{', '.join(anchor.name for anchor in anchors)}: lie on one line; give other places"
        )
    what = f"through {anchors[0].name}, {anchors[1].name} (right) and {anchors[2].name} (up)"
    return Plane(what, a, b - a, c - a, tuple(anchor.label for anchor in anchors))


def need_two(model: LatentModel) -> None:
    """Raise BadInput where latents are too short for a plane."""
    if model.latent < 2:
        raise BadInput(f"{model.name}: one latent makes no plane; use evalkit interpolate")


def places(n: int, *, low: float, high: float, quantiles: bool = False) -> np.ndarray:
    """(n,) coordinates, even from low to high, or quantiles of N(0, 1) at (i + 1/2) / n."""
    if not 2 <= n <= SIDE:
        raise BadInput(f"n {n}: give 2 to {SIDE:,}")
    if quantiles:
        out: np.ndarray = ndtri((np.arange(n) + 0.5) / n)
        return out
    if not (np.isfinite([low, high]).all() and low < high):
        raise BadInput(f"from {low:g} to {high:g}: give finite numbers, the lower first")
    return np.linspace(low, high, n)


@dataclass(frozen=True)
class Grid:
    """Decodings of a plane. images: float32 (n, n, C, S, S), first index t (row 0 lowest t),
    second s. answers, certainty: of the classifier, (n, n); None without one."""

    model: str
    plane: Plane
    at: np.ndarray  # (n,) coordinates, of both
    images: np.ndarray
    answers: np.ndarray | None
    certainty: np.ndarray | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        return {
            "model": self.model,
            "plane": self.plane.what,
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
        """Share of the cells that bear each name."""
        assert self.answers is not None
        names, counts = np.unique(self.answers, return_counts=True)
        return {str(k): float(c / self.answers.size) for k, c in zip(names, counts, strict=True)}


def grid(
    model: LatentModel,
    plane: Plane,
    at: np.ndarray,
    *,
    classifier: Classifier | None = None,
    progress: bool = False,
) -> Grid:
    """Decode the plane at all pairs of coordinates. Raises BadInput."""
    n = len(at)
    most = int((VALUES // (model.channels * model.size**2)) ** 0.5)
    if n > most:
        raise BadInput(
            f"n {n}: {n} x {n} images of {model.size} px are too many to hold; give at most {most}"
        )
    t, s = (axis.ravel() for axis in np.meshgrid(at, at, indexing="ij"))
    images = model.decode(plane.latents(s, t), plane.told(model, s, t), progress=progress)
    answers = certainty = None
    if classifier is not None:
        probabilities = classifier.probabilities(images)
        answers = np.array(classifier.labels)[probabilities.argmax(1)].reshape(n, n)
        certainty = probabilities.max(1).reshape(n, n)
    return Grid(model.name, plane, at, images.reshape(n, n, *images.shape[1:]), answers, certainty)


def table(result: Grid) -> str:
    """The result in words."""
    n = len(result.at)
    lines = [
        f"{result.model}: {n} x {n} decodings, {result.plane.what}",
        f"  coordinates          {result.at[0]:.3g} to {result.at[-1]:.3g}",
    ]
    if result.answers is not None and result.certainty is not None:
        several = sorted(result.shares().items(), key=lambda item: -item[1])
        lines.append("  the classifier says  " + "  ".join(f"{k} {v:.0%}" for k, v in several))
        lines.append(f"  certain in the mean  {result.certainty.mean():.1%}")
    return "\n".join(lines)


def picture(result: Grid) -> np.ndarray:
    """The grid, t upwards, a line where the classifier's answer changes: uint8 (H, W, 3)."""
    from evalkit.support.pictures import tiles, to_rgb

    n, side = len(result.at), result.images.shape[-1]
    shown = to_rgb(result.images[::-1].reshape(n * n, *result.images.shape[2:]))
    gap, pitch = 2, side + 2
    sheet = tiles(shown, n, gap=gap)
    if result.answers is None:
        return sheet
    answers = result.answers[::-1]
    for y in range(n):
        for x in range(n):
            top, left = gap + y * pitch, gap + x * pitch
            if x + 1 < n and answers[y, x] != answers[y, x + 1]:
                sheet[top - gap : top + side + gap, left + side : left + pitch] = BORDER
            if y + 1 < n and answers[y, x] != answers[y + 1, x]:
                sheet[top + side : top + pitch, left - gap : left + side + gap] = BORDER
    return sheet


def choose(
    model: LatentModel,
    kind: str,
    *,
    axes: tuple[int, int],
    anchors: Callable[[], list[Anchor]],
    data: Callable[[], ImageSet],
    label: str | None,
    progress: bool = False,
) -> Plane:
    """The plane of that kind. Raises BadInput."""
    if kind == "anchors":
        return plane_of_anchors(model, anchors())
    if model.conditional and label is None:
        raise BadInput(
            f"{model.name}: {model.kind} needs a label to decode; give --label, one of "
            f"{', '.join(model.labels)}"
        )
    told = None if label is None else model.label(label)
    if kind == "axes":
        return plane_of_axes(model, axes, told)
    return plane_of_components(model, data(), told, progress=progress)
