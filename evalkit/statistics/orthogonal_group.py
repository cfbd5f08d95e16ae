"""Transformations of latent space: the groups of the nulls, and maps that scramble N(0, I)."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import ortho_group

GROUPS = ("signed-permutations", "haar")


def signed_permutations(size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly from the 2^L L! signed permutation matrices, (draws, L, L).

    Examples
    --------
    >>> import numpy as np
    >>> turns = signed_permutations(3, 5, np.random.default_rng(0))
    >>> turns.shape, bool((np.abs(turns).sum(-1) == 1).all())
    ((5, 3, 3), True)
    """
    out = np.zeros((draws, size, size))
    for matrix in out:
        matrix[np.arange(size), rng.permutation(size)] = rng.choice([-1.0, 1.0], size)
    return out


def haar(size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw uniformly from O(L), reflections included, (draws, L, L).

    Examples
    --------
    >>> import numpy as np
    >>> turn = haar(6, 1, np.random.default_rng(0))[0]
    >>> bool(np.allclose(turn @ turn.T, np.eye(6)))
    True
    """
    out: np.ndarray = ortho_group.rvs(size, draws, random_state=rng).reshape(draws, size, size)
    return out


def draw_group(group: str, size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw from one of GROUPS, (draws, L, L), to be used as v @ Q."""
    return {"signed-permutations": signed_permutations, "haar": haar}[group](size, draws, rng)


@dataclass(frozen=True)
class Twist:
    """A smooth bijection that keeps N(0, I) exactly, and can be undone.

    Each round turns all of space by a rotation, then each of L/2 pairs of coordinates by an angle
    that depends on the others only, so that volume and norm are kept.

    Attributes
    ----------
    rotations
        (rounds, L, L).
    weights
        Of the coordinates in the angle, 0 at the pair itself, (rounds, L // 2, L).
    phases
        (rounds, L // 2).
    strength
        The largest angle, in radians.
    """

    rotations: np.ndarray
    weights: np.ndarray
    phases: np.ndarray
    strength: float

    @classmethod
    def draw(
        cls, size: int, rng: np.random.Generator, *, rounds: int = 4, strength: float = 3.0
    ) -> "Twist":
        """Draw a random one for latents of `size` numbers."""
        pairs = size // 2
        weights = rng.standard_normal((rounds, pairs, size)) * (2 / size) ** 0.5
        for pair in range(pairs):
            weights[:, pair, 2 * pair : 2 * pair + 2] = 0
        phases = rng.uniform(0, 2 * np.pi, (rounds, pairs))
        return cls(haar(size, rounds, rng), weights, phases, strength)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """Map z (n, L) to (n, L)."""
        for rotation, weights, phases in zip(
            self.rotations, self.weights, self.phases, strict=True
        ):
            z = z @ rotation
            for pair in range(len(weights)):
                z = self._turn(z, pair, weights[pair], phases[pair], 1)
        return z

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """Return the z (n, L) that the twist maps to these."""
        for rotation, weights, phases in zip(
            self.rotations[::-1], self.weights[::-1], self.phases[::-1], strict=True
        ):
            for pair in range(len(weights))[::-1]:
                z = self._turn(z, pair, weights[pair], phases[pair], -1)
            z = z @ rotation.T
        return z

    def _turn(
        self, z: np.ndarray, pair: int, weights: np.ndarray, phase: float, way: int
    ) -> np.ndarray:
        angle = way * self.strength * np.sin(z @ weights + phase)
        cos, sin = np.cos(angle), np.sin(angle)
        x, y = z[:, 2 * pair], z[:, 2 * pair + 1]
        z = z.copy()
        z[:, 2 * pair], z[:, 2 * pair + 1] = cos * x - sin * y, sin * x + cos * y
        return z


def random_warp(
    size: int, rng: np.random.Generator, gain: float = 1.0
) -> Callable[[np.ndarray], np.ndarray]:
    """Draw a smooth nonlinear map of R^L to itself that does not keep N(0, I).

    It is a random network whose outputs have mean 0 and variance 1 under N(0, I).

    Parameters
    ----------
    size
        L.
    rng
        Draws the weights.
    gain
        Scale of the first layer's weights; the larger, the less linear.
    """
    first = rng.standard_normal((size, 4 * size)) * gain / size**0.5
    shift = rng.standard_normal(4 * size)
    second = rng.standard_normal((4 * size, size))
    probe = np.tanh(rng.standard_normal((4096, size)) @ first + shift) @ second
    mean, scale = probe.mean(0), probe.std(0)

    def warp(z: np.ndarray) -> np.ndarray:
        out: np.ndarray = (np.tanh(z @ first + shift) @ second - mean) / scale
        return out

    return warp
