"""Transformations of latent space: the groups of the nulls, and maps that scramble N(0, I)."""

from dataclasses import dataclass

import numpy as np
from scipy.stats import ortho_group

GROUPS = ("signed-permutations", "haar")


def signed_permutations(size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform draws of the 2^L L! signed permutation matrices, (draws, L, L)."""
    out = np.zeros((draws, size, size))
    for matrix in out:
        matrix[np.arange(size), rng.permutation(size)] = rng.choice([-1.0, 1.0], size)
    return out


def haar(size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Uniform draws of O(L), reflections included, (draws, L, L)."""
    return ortho_group.rvs(size, draws, random_state=rng).reshape(draws, size, size)


def draw_group(group: str, size: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draws of one of GROUPS, (draws, L, L), to be used as v @ Q."""
    return {"signed-permutations": signed_permutations, "haar": haar}[group](size, draws, rng)


@dataclass(frozen=True)
class Twist:
    """A smooth bijection that keeps N(0, I) exactly, and can be undone.

    Each of `rounds` turns all of space by a rotation, then each of L/2 pairs of coordinates by an
    angle that depends on the others only, so that volume and norm are kept.
    """

    rotations: np.ndarray  # (rounds, L, L)
    weights: np.ndarray  # (rounds, L // 2, L): of the angle; 0 at the pair itself
    phases: np.ndarray  # (rounds, L // 2)
    strength: float  # radians, the largest angle

    @classmethod
    def draw(
        cls, size: int, rng: np.random.Generator, *, rounds: int = 4, strength: float = 3.0
    ) -> "Twist":
        pairs = size // 2
        weights = rng.standard_normal((rounds, pairs, size)) * (2 / size) ** 0.5
        for pair in range(pairs):
            weights[:, pair, 2 * pair : 2 * pair + 2] = 0
        phases = rng.uniform(0, 2 * np.pi, (rounds, pairs))
        return cls(haar(size, rounds, rng), weights, phases, strength)

    def __call__(self, z: np.ndarray) -> np.ndarray:
        """z (n, L) -> (n, L)."""
        for rotation, weights, phases in zip(
            self.rotations, self.weights, self.phases, strict=True
        ):
            z = z @ rotation
            for pair in range(len(weights)):
                z = self._turn(z, pair, weights[pair], phases[pair], 1)
        return z

    def inverse(self, z: np.ndarray) -> np.ndarray:
        """The z that the twist takes here."""
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


def random_warp(size: int, rng: np.random.Generator, gain: float = 1.0):  # type: ignore[no-untyped-def]
    """A smooth nonlinear map of R^L to itself that does not keep N(0, I): a random network whose
    outputs have mean 0 and variance 1 under N(0, I)."""
    first = rng.standard_normal((size, 4 * size)) * gain / size**0.5
    shift = rng.standard_normal(4 * size)
    second = rng.standard_normal((4 * size, size))
    probe = np.tanh(rng.standard_normal((4096, size)) @ first + shift) @ second
    mean, scale = probe.mean(0), probe.std(0)

    def warp(z: np.ndarray) -> np.ndarray:
        return (np.tanh(z @ first + shift) @ second - mean) / scale

    return warp
