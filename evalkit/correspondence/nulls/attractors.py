"""Clifford and de Jong attractors: convincing images that know nothing of the Fractal Dream."""

import numpy as np
from numba import prange

from evalkit.inputs.pixels import SIDE
from fractaldream.numerics.compiled import njit
from fractaldream.rendering.tone import EQ_HIST, tone_images

STEPS = 20_000


@njit(cache=True, parallel=True)
def _count(family: int, params: np.ndarray, steps: int, counts: np.ndarray) -> None:
    """Add the visits of each orbit to its row of counts (N, 1024)."""
    for i in prange(len(params)):
        a, b, c, d = params[i]
        xs, ys = np.empty(steps, np.float32), np.empty(steps, np.float32)
        x, y = 0.1, 0.1
        for k in range(steps):
            if family == 0:
                x, y = (
                    np.sin(a * y) + c * np.cos(a * x),
                    np.sin(b * x) + d * np.cos(b * y),
                )
            else:
                x, y = np.sin(a * y) - np.cos(b * x), np.sin(c * x) - np.cos(d * y)
            xs[k], ys[k] = x, y
        left, low = xs.min(), ys.min()
        wide, high = max(xs.max() - left, 1e-9), max(ys.max() - low, 1e-9)
        for k in range(steps):
            column = min(SIDE - 1, int((xs[k] - left) / wide * SIDE))
            row = SIDE - 1 - min(SIDE - 1, int((ys[k] - low) / high * SIDE))
            counts[i, row * SIDE + column] += 1


def render(family: str, params: np.ndarray) -> np.ndarray:
    """Render attractors of another family, in a tight view and histogram equalised as FD's are.

    Parameters
    ----------
    family
        ``clifford`` or ``dejong``.
    params
        a, b, c, d, float (N, 4).

    Returns
    -------
    ndarray
        Levels, uint8 (N, 32, 32), 0 = never visited.

    References
    ----------
    P. Bourke's collection: Clifford attractors (by C. Pickover) and Peter de Jong attractors.
    """
    counts = np.zeros((len(params), SIDE * SIDE), np.uint16)
    _count(("clifford", "dejong").index(family), np.asarray(params, float), STEPS, counts)
    levels = np.zeros(counts.shape, np.uint8)
    tone_images(counts, np.arange(len(params)), EQ_HIST, levels)
    return levels.reshape(-1, SIDE, SIDE)
