"""Rung 6: do neighbours stay neighbours?"""

import numpy as np
from sklearn.manifold import trustworthiness
from sklearn.neighbors import NearestNeighbors

from evalkit.support.threads import one_thread

from .encoders import Codes

NEIGHBOURS = 10


@one_thread()
def nearest(points: np.ndarray, k: int = NEIGHBOURS) -> np.ndarray:
    """Which k of the points (N, F) are nearest to each, (N, k)."""
    out: np.ndarray = NearestNeighbors(n_neighbors=k).fit(points).kneighbors()[1]
    return out


def near_by_sizes(v: np.ndarray) -> np.ndarray:
    """The nearest by |a|, |b|, |c|, |d| of v (N, 6), (N, k)."""
    return nearest(np.abs(v[:, 2:]))


def neighbourhood(codes: Codes, near: np.ndarray) -> np.ndarray:
    """Rung 6: of each image FD(v), the share of its k nearest latents that are among `near`, its k
    nearest by sizes (N, k): (N,). codes: (N, F)."""
    own = nearest(codes, near.shape[1])
    return (own[:, :, None] == near[:, None, :]).any(2).mean(1)


@one_thread()
def trust(codes: Codes, v: np.ndarray, k: int = NEIGHBOURS) -> float:
    """How far the k nearest latents are also near by |a|, |b|, |c|, |d|: trustworthiness (Venna and
    Kaski 2001), 1 at best, about 0.5 by chance. codes: (N, F); v: (N, 6)."""
    return float(trustworthiness(np.abs(v[:, 2:]), codes, n_neighbors=k))
