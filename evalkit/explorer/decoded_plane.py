"""Planes decoded before the page opens, so that looking at them costs nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from evalkit.latent_space.plane import Plane, coordinates

Decode = Callable[[np.ndarray], np.ndarray]  # latents (N, L) -> float (N, C, S, S) in [0, 1]
Classify = Callable[[np.ndarray], np.ndarray]  # float (N, C, S, S) -> probabilities (N, K)


@dataclass(frozen=True)
class DecodedPlane:
    """A plane's n x n images, and what a classifier calls them.

    images are uint8 (n * n, S, S, C), rows from the top. chances are (n * n, K), None without a
    classifier.
    """

    plane: Plane
    n: int
    images: np.ndarray
    chances: np.ndarray | None

    @property
    def labels(self) -> np.ndarray | None:
        """The likeliest class of each image, int (n * n,)."""
        return None if self.chances is None else self.chances.argmax(1)


def cells(plane: Plane, n: int) -> np.ndarray:
    """Return the coordinates of n x n cells, (n * n, 2): rows from the top, ends on the border."""
    steps = coordinates(n, low=plane.low, high=plane.high)
    t, s = np.meshgrid(steps[::-1], steps, indexing="ij")
    return np.stack([s.ravel(), t.ravel()], 1)


def decode_plane(
    plane: Plane, n: int, decode: Decode, classify: Classify | None, batch: int
) -> Iterator[int | DecodedPlane]:
    """Decode a plane batch by batch: yield how many cells are done, and at last the result."""
    z = plane.latents(*cells(plane, n).T)
    images, chances = [], []
    for start in range(0, len(z), batch):
        decoded = decode(z[start : start + batch])
        images.append(to_bytes(decoded))
        if classify is not None:
            chances.append(classify(decoded))
        yield min(start + batch, len(z))
    every = np.concatenate(chances) if chances else None
    yield DecodedPlane(plane, n, np.concatenate(images), every)


def to_bytes(images: np.ndarray) -> np.ndarray:
    """Return float images (N, C, S, S) in [0, 1] as uint8 (N, S, S, C)."""
    return np.round(images * 255).astype(np.uint8).transpose(0, 2, 3, 1)


def borders(labels: np.ndarray, low: float, high: float) -> np.ndarray:
    """Return the lines between neighbouring cells of different labels.

    Parameters
    ----------
    labels
        Classes (n, n), row 0 on top.
    low, high
        Coordinates of the outermost cells' centres, so that the drawing ends half a cell beyond.

    Returns
    -------
    Segments (k, 4) of x0, y0, x1, y1; those that go on are joined.
    """
    n = len(labels)
    cell = (high - low) / (n - 1)
    edges = low - cell / 2 + cell * np.arange(n + 1)
    tops = edges[::-1]
    lines = []
    for upright in (True, False):
        differ = labels[:, 1:] != labels[:, :-1] if upright else (labels[1:] != labels[:-1]).T
        for k in range(n - 1):
            steps = np.diff(np.concatenate([[0], differ[:, k], [0]]).astype(int))
            for start, stop in np.flatnonzero(steps).reshape(-1, 2):
                if upright:
                    ends = (edges[k + 1], tops[start], edges[k + 1], tops[stop])
                else:
                    ends = (edges[start], tops[k + 1], edges[stop], tops[k + 1])
                lines.append(ends)
    return np.array(lines, float).reshape(-1, 4)
