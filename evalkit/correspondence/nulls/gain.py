"""The rate at which images grow apart with their latents, for random smooth networks to match."""

import numpy as np

from evalkit.correspondence.likeness import blurred

from .generators import smooth_network

GAINS = np.geomspace(0.25, 4, 9)


def growth(z: np.ndarray, embedded: np.ndarray) -> float:
    """Return how image distance grows with latent distance.

    It is the mean squared image distance of the nearest 1% of pairs (by latent), relative to that
    of all pairs. z: (n, L). embedded: (n, d).
    """
    from scipy.spatial.distance import pdist

    near, far = pdist(z), pdist(embedded, "sqeuclidean")
    return float(far[near <= np.quantile(near, 0.01)].mean() / max(far.mean(), 1e-12))


def matched_gain(z: np.ndarray, small: np.ndarray, rng: np.random.Generator) -> float:
    """Return the gain at which random smooth networks vary with their latents as a generator does.

    Parameters
    ----------
    z
        Latents, (n, L).
    small
        The generator's images of them, (n, C, 32, 32).
    rng
        Draws the networks.

    Returns
    -------
    float
        One of `GAINS`.
    """
    embed = blurred()
    target = growth(z, embed(small))
    points = rng.standard_normal((min(len(z), 256), z.shape[1]))

    def network_growth(gain: float) -> float:
        network = smooth_network(z.shape[1], rng, gain=gain, channels=small.shape[1])
        return growth(points, embed(network(points)))

    means = [np.mean([network_growth(gain) for _ in range(3)]) for gain in GAINS]
    return float(GAINS[np.argmin(np.abs(np.array(means) - target))])
