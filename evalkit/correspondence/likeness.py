"""Likeness of two sets of images, pair by pair, at 32 px."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from evalkit.inputs.pixels import SIDE


@dataclass(frozen=True)
class Terms:
    """Terms of each pair of images, (n,): T = sum(shared) / sqrt(sum(first) sum(second))."""

    shared: np.ndarray
    first: np.ndarray
    second: np.ndarray

    def value(self, weights: np.ndarray | None = None) -> np.ndarray:
        """Return T; with weights (B, n), one for each of their rows, (B,)."""
        w = np.ones((1, len(self.shared))) if weights is None else weights
        scale = np.sqrt((w @ self.first) * (w @ self.second))
        out: np.ndarray = (w @ self.shared) / np.where(scale > 0, scale, 1)
        return out if weights is not None else out[0]


class Likeness(Protocol):
    """Likeness of the pairs of two sets of images, centred: 0 in the mean for unrelated pairs."""

    name: str

    def embed(self, small: np.ndarray) -> np.ndarray:
        """Return what is compared of images (n, C, 32, 32), (n, ...)."""

    def terms(self, first: np.ndarray, second: np.ndarray) -> Terms:
        """Return what each embedded pair adds."""

    def prepare(self, embedded: np.ndarray) -> np.ndarray:
        """Return embedded images as `against` takes them, of many sets at little cost each."""

    def against(self, firsts: list[np.ndarray], second: np.ndarray) -> np.ndarray:
        """Return T of each of several prepared sets with another, (len(firsts),)."""


class Euclidean:
    """Correlation of centred vectors: 1 for equal sets, 0 for unrelated ones.

    With f and h the embedded images less the mean of their set, T = sum <f, h> /
    sqrt(sum |f|^2 sum |h|^2): the part of the mean squared distance that the pairing changes.
    """

    def __init__(self, name: str, embed: Callable[[np.ndarray], np.ndarray]) -> None:
        """embed: (n, C, 32, 32) -> (n, d)."""
        self.name = name
        self.embed = embed

    def terms(self, first: np.ndarray, second: np.ndarray) -> Terms:
        """Return the sums of which the correlation of pairs consists."""
        f, h = first - first.mean(0), second - second.mean(0)
        return Terms(
            np.einsum("nd,nd->n", f, h, dtype=np.float64),
            np.einsum("nd,nd->n", f, f, dtype=np.float64),
            np.einsum("nd,nd->n", h, h, dtype=np.float64),
        )

    def prepare(self, embedded: np.ndarray) -> np.ndarray:
        """Return images as `against` takes them: centred, of norm 1."""
        flat = (embedded - embedded.mean(0)).astype(np.float64).ravel()
        out: np.ndarray = flat / max(np.linalg.norm(flat), 1e-300)
        return out

    def against(self, firsts: list[np.ndarray], second: np.ndarray) -> np.ndarray:
        """Return the likeness of a prepared set to each of several."""
        return np.array([first @ second for first in firsts])


def blurred(sigma: float = 1.5, side: int = 16) -> Callable[[np.ndarray], np.ndarray]:
    """Return an embedding: a Gaussian blur of `sigma` (of 32 px), then means to side x side."""
    at = np.arange(SIDE)
    kernel = np.exp(-0.5 * ((at[:, None] - at) / sigma) ** 2)
    kernel /= kernel.sum(1, keepdims=True)
    operator = kernel.reshape(side, SIDE // side, SIDE).mean(1).astype(np.float32)
    return lambda small: (operator @ small @ operator.T).reshape(len(small), -1)


class Ssim:
    """Structural similarity (Wang 2004) of the pairs, less that of other pairs of the same images.

    Windows of 8 px every 4 px of the 32, uniform; the other pairs are those 1, 2, 3, 5 and 8
    places on.
    """

    name = "ssim"
    SHIFTS = (1, 2, 3, 5, 8)

    def embed(self, small: np.ndarray) -> np.ndarray:
        """Return the windows of images, float32 (N, W, 64)."""
        windows = np.lib.stride_tricks.sliding_window_view(small, (8, 8), (2, 3))[:, :, ::4, ::4]
        return np.ascontiguousarray(windows.reshape(len(small), -1, 64), np.float32)

    def prepare(self, embedded: np.ndarray) -> np.ndarray:
        """Return images as `against` takes them."""
        return embedded

    def against(self, firsts: list[np.ndarray], second: np.ndarray) -> np.ndarray:
        """Return the likeness of a prepared set to each of several."""
        return np.array([float(self.terms(first, second).value()) for first in firsts])

    def terms(self, first: np.ndarray, second: np.ndarray) -> Terms:
        """Return the sums of which the structural similarity of pairs consists."""
        mean1, mean2 = first.mean(2), second.mean(2)
        centred1, centred2 = first - mean1[..., None], second - mean2[..., None]
        var1, var2 = (centred1**2).mean(2), (centred2**2).mean(2)

        def ssim(shift: int) -> np.ndarray:
            """Return the similarity with the images so many places on, (n,)."""
            m2, v2 = np.roll(mean2, shift, 0), np.roll(var2, shift, 0)
            cross = np.einsum("npw,npw->np", centred1, np.roll(centred2, shift, 0)) / 64
            c1, c2 = 0.01**2, 0.03**2
            map_ = (2 * mean1 * m2 + c1) * (2 * cross + c2)
            map_ /= (mean1**2 + m2**2 + c1) * (var1 + v2 + c2)
            out: np.ndarray = map_.mean(1, dtype=np.float64)
            return out

        others = np.mean([ssim(shift) for shift in self.SHIFTS], 0)
        even = np.full(len(first), 1.0)
        return Terms(ssim(0) - others, even, even)
