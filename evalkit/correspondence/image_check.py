"""Check whether a generator's images look like renderings of an attractor at all.

Attractors are fine and sharp; what a model makes early in its training is smooth. An image is
described by how much it varies at four scales, and compared with the nearest of many renderings.
Where images are no renderings, no parameter can be found in them, whatever the latents are.
"""

from dataclasses import asdict, dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors

from evalkit.family.renderer import Renderer
from evalkit.inputs.pixels import SIDE
from evalkit.support.threads import one_thread

from .session import ProbeImages

SCALES = ((0.0, 0.7), (0.7, 2.1), (1.5, 3.7), (3.0, 6.7))  # pixels of 32: from, to


@dataclass(frozen=True)
class ImageCheck:
    """Number of a generator's images that look like renderings.

    Attributes
    ----------
    images
        Number of images.
    near
        Number of those whose detail is as near to that of a rendering as for 95% of renderings.
    median, limit
        Median distance of the images to the nearest rendering, and the distance that 95% of
        renderings stay below.
    """

    images: int
    near: int
    median: float
    limit: float

    @property
    def are_renderings(self) -> bool:
        """Return whether at least half of the images look like renderings."""
        return 2 * self.near >= self.images

    def to_dict(self) -> dict[str, float]:
        """Return the fields as `--json` writes them."""
        return asdict(self)


@dataclass(frozen=True)
class TrueDetail:
    """The detail of renderings of FD.

    mean, spread: of the detail of renderings, (8 C,). nearest: finds the nearest rendering by
    standardised detail. limit: distance to the nearest other that 95% of renderings stay below.
    """

    mean: np.ndarray
    spread: np.ndarray
    nearest: NearestNeighbors
    limit: float

    def distances(self, small: np.ndarray) -> np.ndarray:
        """Return distances of images (n, C, 32, 32) to the nearest rendering, (n,)."""
        points = (detail(small) - self.mean) / self.spread
        distances: np.ndarray = self.nearest.kneighbors(points, 1)[0][:, 0]
        return distances


def detail(small: np.ndarray) -> np.ndarray:
    """Return how much images (n, C, 32, 32) vary at each of the four scales, (n, 8 C).

    Of the difference between two Gaussian blurs, these are the logarithm of the standard deviation
    and the mean square root of the size.
    """
    parts = []
    for fine, coarse in SCALES:
        differs = _blurred(small, fine) - _blurred(small, coarse)
        parts += [np.log(differs.std((2, 3)) + 0.01), np.sqrt(np.abs(differs)).mean((2, 3))]
    return np.concatenate(parts, 1).astype(float)


def _blurred(small: np.ndarray, sigma: float) -> np.ndarray:
    if not sigma:
        return small
    at = np.arange(SIDE)
    kernel = np.exp(-0.5 * ((at[:, None] - at) / sigma) ** 2)
    kernel = (kernel / kernel.sum(1, keepdims=True)).astype(np.float32)
    out: np.ndarray = kernel @ small @ kernel.T
    return out


@one_thread()
def true_detail(renderer: Renderer, probe: ProbeImages) -> TrueDetail:
    """Return the detail of renderings of the map."""
    values = detail(renderer.shrunk(probe.encoded().levels))
    mean, spread = values.mean(0), values.std(0) + 1e-6
    nearest = NearestNeighbors().fit((values - mean) / spread)
    apart = nearest.kneighbors(n_neighbors=1)[0][:, 0]  # a rendering is left out of its own
    return TrueDetail(mean, spread, nearest, float(np.quantile(apart, 0.95)))


@one_thread()
def check_images(small: np.ndarray, true: TrueDetail) -> ImageCheck:
    """Compare images (n, C, 32, 32) in [0, 1] with renderings."""
    distances = true.distances(small)
    return ImageCheck(
        images=len(distances),
        near=int((distances <= true.limit).sum()),
        median=float(np.median(distances)),
        limit=true.limit,
    )
