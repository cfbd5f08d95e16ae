"""Paths between two latents: straight, or along the great circle."""

import numpy as np

from fractaldream_base.errors import BadInput

PARALLEL = 1e-6  # radians: nearer than this, or so near to opposite, there is no arc to follow


def lerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the straight path from a (L,) to b (L,) at t (N,): (N, L), both ends exactly.

    Examples
    --------
    >>> import numpy as np
    >>> lerp(np.array([0.0, 0.0]), np.array([2.0, 4.0]), np.array([0.0, 0.5, 1.0])).tolist()
    [[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]
    """
    t = np.asarray(t, float)[:, None]
    out: np.ndarray = np.where(t <= 0.5, a + t * (b - a), b - (1 - t) * (b - a))
    return out


def slerp(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Return the path along the great circle at even angular speed.

    The norm goes straight from |a| to |b|, so that it is kept where both are equal.

    Parameters
    ----------
    a, b
        The ends, (L,), L at least 2.
    t
        From 0 at a to 1 at b, (N,).

    Returns
    -------
    Latents (N, L), both ends exactly.

    Raises
    ------
    BadInput
        If there is no one arc: one dimension, a latent of zero, opposite latents.

    References
    ----------
    Shoemake (1985), Animating rotation with quaternion curves.

    Examples
    --------
    >>> import numpy as np
    >>> slerp(np.array([1.0, 0.0]), np.array([0.0, 1.0]), np.array([0.5])).round(4).tolist()
    [[0.7071, 0.7071]]
    """
    a, b, t = np.asarray(a, float), np.asarray(b, float), np.asarray(t, float)[:, None]
    if a.shape[0] < 2:
        raise BadInput("a latent of one dimension has no sphere; take the linear path")
    first, second = np.linalg.norm(a), np.linalg.norm(b)
    if first == 0 or second == 0:
        raise BadInput("a latent of nought has no direction; take the linear path")
    u, v = a / first, b / second
    # the angle by its half: exact where arccos of the product is not
    angle = 2 * np.arctan2(np.linalg.norm(u - v), np.linalg.norm(u + v))
    if np.pi - angle < PARALLEL:
        raise BadInput("opposite latents have no one arc; give a latent between them")
    if angle < PARALLEL:
        along = u + t * (v - u)
    else:
        along = (np.sin((1 - t) * angle) * u + np.sin(t * angle) * v) / np.sin(angle)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    path = along * ((1 - t) * first + t * second)
    return np.where(t == 0, a, np.where(t == 1, b, path))  # the ends exactly
