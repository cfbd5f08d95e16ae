"""Planes through latent space: two axes, two principal components, or through three places.

There is one convention, for `evalkit grid` and for the explorer:

- Components are in standard deviations with the divisor n - 1, as in scikit-learn's PCA: the codes
  are a sample, and n - 1 makes its variance unbiased.
- Three places are three corners of the square [0, 1] x [0, 1]: (0, 0), (1, 0) and (0, 1). So the
  grid holds exactly the images that were asked for, and (1 - s - t, s, t) are the weights of the
  places, by which a conditional model mixes their labels. Centred and at right angles, a plane
  would hold neither.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink
from fractaldream_base.errors import BadInput

from .options import REACH
from .places import Place, label_shares, labels_of

COMPONENT_IMAGES = 10_000  # at most, in principal components
ON_A_LINE = 1e-6  # spread over the largest one, below which it is rounding
DRAWS = 512  # samples from which the directions of the images' components are estimated
SIDE = 1_000  # decodings a side, at most

Labels = tuple[int | None, int | None, int | None]
UNLABELLED: Labels = (None, None, None)


@dataclass(frozen=True)
class Plane:
    """The plane z(s, t) = origin + s first + t second; s points right and t up.

    description says it in words, right and up what s and t are. origin, first and second are (L,).
    low and high bound the square that is shown, for s and t alike. labels are the classes at
    origin, origin + first and origin + second, for conditional models. spherical keeps the norm of
    latents at what those of the three places mix to, as `paths.slerp` does. marks (K, 2) are the
    coordinates of the places that the plane goes through, and names their names.
    """

    description: str
    origin: np.ndarray
    first: np.ndarray
    second: np.ndarray
    right: str
    up: str
    low: float = -REACH
    high: float = REACH
    labels: Labels = UNLABELLED
    spherical: bool = False
    marks: np.ndarray | None = None
    names: tuple[str, ...] = ()

    def latents(self, s: np.ndarray, t: np.ndarray) -> np.ndarray:
        """Return the latents (N, L) at coordinates s (N,) and t (N,).

        The ends (1, 0) and (0, 1) are exact, so that a place decodes to its very image.
        """
        s, t = np.asarray(s, float)[:, None], np.asarray(t, float)[:, None]
        ends = {(1.0, 0.0): self.origin + self.first, (0.0, 1.0): self.origin + self.second}
        z: np.ndarray = self.origin + s * self.first + t * self.second
        if self.spherical:
            corners = (self.origin, *ends.values())
            norms = np.array([np.linalg.norm(corner) for corner in corners])
            z *= np.hstack([1 - s - t, s, t]) @ norms[:, None] / np.linalg.norm(z, axis=1)[:, None]
        for (at_s, at_t), end in ends.items():
            z = np.where((s == at_s) & (t == at_t), end, z)
        return z

    def label_shares(self, model: LatentModel, s: np.ndarray, t: np.ndarray) -> np.ndarray | None:
        """Return the mixture of labels there, float (N, classes); None for other models."""
        s, t = np.clip(s, 0, 1), np.clip(t, 0, 1)
        rest = np.clip(1 - s - t, 0, None)
        weights = np.stack([rest, s, t], 1)
        weights /= weights.sum(1, keepdims=True)
        return label_shares(model, self.labels, weights)


def plane_of_axes(model: LatentModel, axes: tuple[int, int], label: int | None = None) -> Plane:
    """Return the plane of two latent coordinates, the others at 0. Raises BadInput."""
    need_directions(model)
    i, j = axes
    if i == j or not 0 <= min(axes) <= max(axes) < model.latent:
        raise BadInput(
            f"axes {i},{j}: give two different ones, 0 to {model.latent - 1}, of {model.name}"
        )
    unit = np.eye(model.latent)
    return Plane(
        f"axes {i} (right) and {j} (up)",
        np.zeros(model.latent),
        unit[i],
        unit[j],
        f"z{i}",
        f"z{j}",
        labels=(label,) * 3,
    )


def training_codes(model: LatentModel, data: ImageSet, *, progress: bool = False) -> np.ndarray:
    """Encode the training images, at most COMPONENT_IMAGES: float32 (N, L). Raises BadInput."""
    need_two(model)
    model.need_encoder("--plane components")
    rows = data.train[:COMPONENT_IMAGES]
    return model.encode(data.images(rows), labels_of(model, data, rows), progress=progress)


def plane_of_components(codes: np.ndarray, label: int | None = None) -> Plane:
    """Return the plane of the first two principal components, in standard deviations.

    Parameters
    ----------
    codes
        Latents (N, L) of a sample of images, N at least 3 and L at least 2. Standard deviations
        have the divisor N - 1. The largest entry of either direction is positive.
    label
        Class that a conditional model decodes with.

    Raises
    ------
    BadInput
        If there are too few codes, or they lie on one line.
    """
    if codes.shape[1] < 2 or len(codes) < 3:
        raise BadInput(
            f"principal components of {len(codes)} codes of {codes.shape[1]} latents: give three "
            "or more images, and a model of two or more latents"
        )
    codes = codes.astype(np.float64)
    mean = codes.mean(0)
    _, singular, axes = np.linalg.svd(codes - mean, full_matrices=False)
    if not singular[1] > ON_A_LINE * singular[0]:
        raise BadInput(f"the codes of {len(codes)} images lie on one line; give images that differ")
    spread = singular[:2] / (len(codes) - 1) ** 0.5
    share = singular[:2] ** 2 / (singular**2).sum()
    first, second = (oriented(axes[k]) * spread[k] for k in (0, 1))
    right, up = (f"component {k + 1} ({share[k]:.0%} of the variance), sd" for k in (0, 1))
    description = f"principal components ({share[0]:.0%} and {share[1]:.0%} of the variance)"
    return Plane(description, mean, first, second, right, up, labels=(label,) * 3)


def plane_of_image_components(
    model: LatentModel, decode: Callable[[np.ndarray], np.ndarray], rng: np.random.Generator
) -> Plane:
    """Return the two latent directions along which images of the prior differ most.

    The directions are those of the latents that go with the first two principal components of the
    pixels at 32 px, so that a model without an encoder has a plane as well. Where the prior is not
    N(0, I), the plane goes through its mean, and coordinates are its standard deviations.

    Parameters
    ----------
    model
        The model, which draws the latents.
    decode
        Latents (N, L) to images (N, C, S, S) in [0, 1].
    rng
        Draws the 512 latents.

    References
    ----------
    Härkönen et al. (2020), GANSpace, which takes the components of a layer's activations instead.
    """
    z = model.draw(DRAWS, rng)
    images = shrink(decode(z)).reshape(DRAWS, -1).astype(float)
    left, _, _ = np.linalg.svd(images - images.mean(0), full_matrices=False)
    origin = np.zeros(model.latent) if model.normal_prior else z.mean(0)
    z = z - origin
    first, second = left[:, 0] @ z, left[:, 1] @ z
    first = first / np.linalg.norm(first)
    second = second - (second @ first) * first
    second = second / np.linalg.norm(second)
    unit = ""
    if not model.normal_prior:
        first, second, unit = first * (z @ first).std(), second * (z @ second).std(), ", sd"
    right, up = (f"direction of the images' component {k}{unit}" for k in (1, 2))
    description = "directions of the images' principal components"
    return Plane(description, origin, oriented(first), oriented(second), right, up)


def plane_of_places(model: LatentModel, places: Sequence[Place]) -> Plane:
    """Return the plane through three places, at (0, 0), (1, 0) and (0, 1). Raises BadInput."""
    need_two(model)
    if len(places) != 3:
        raise BadInput(f"{len(places)} places: a plane goes through three")
    a, b, c = (place.z.astype(float) for place in places)
    names = tuple(place.name for place in places)
    if np.linalg.matrix_rank(np.stack([b - a, c - a])) < 2:
        raise BadInput(f"{', '.join(names)}: lie on one line; give other places")
    first, second, third = (place.label for place in places)
    return Plane(
        f"through {names[0]}, {names[1]} (right) and {names[2]} (up)",
        a,
        b - a,
        c - a,
        f"from {names[0]} to {names[1]}",
        f"from {names[0]} to {names[2]}",
        low=0.0,
        high=1.0,
        labels=(first, second, third),
        spherical=model.noise_latents,
        marks=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]),
        names=names,
    )


def need_two(model: LatentModel) -> None:
    """Raise BadInput where latents are too short for a plane."""
    if model.latent < 2:
        raise BadInput(f"{model.name}: one latent makes no plane; use evalkit interpolate")


def need_directions(model: LatentModel) -> None:
    """Raise BadInput where latents have no directions that mean something."""
    need_two(model)
    if model.noise_latents:
        raise BadInput(
            f"{model.name}: a latent of {model.kind} is the noise of all pixels, which has no axes "
            "and components that mean something; give a plane through three places or draws"
        )


def oriented(direction: np.ndarray) -> np.ndarray:
    """Return the direction or its opposite, whichever has a positive largest entry."""
    largest: float = direction[np.abs(direction).argmax()]
    return direction if largest >= 0 else -direction


def coordinates(n: int, *, low: float, high: float, quantiles: bool = False) -> np.ndarray:
    """Return n coordinates along a side of a plane, float (n,).

    They are even from low to high, or the quantiles of N(0, 1) at (i + 1/2) / n. Raises BadInput.

    Examples
    --------
    >>> coordinates(3, low=-3, high=3).tolist()
    [-3.0, 0.0, 3.0]
    """
    if not 2 <= n <= SIDE:
        raise BadInput(f"n {n}: give 2 to {SIDE:,}")
    if quantiles:
        out: np.ndarray = ndtri((np.arange(n) + 0.5) / n)
        return out
    if not (np.isfinite([low, high]).all() and low < high):
        raise BadInput(f"from {low:g} to {high:g}: give finite numbers, the lower first")
    return np.linspace(low, high, n)
