"""Rung 3: is there a rotation Q with G(Qv) near FD(v)?

Q is found on one half of the pairs (z, G(z)) and scored on the other, by the score of pairs.
"""

from dataclasses import dataclass

import numpy as np
import torch

from evalkit.networks.inverse_renderer import SIZE, Mixture
from evalkit.statistics.ascent import ascend, slopes
from evalkit.statistics.orthogonal_group import haar
from evalkit.support.threads import one_thread

from .pair_scores import FLOOR, SHOWN, SIGNS, fitted_pairs, pair_scores, score_forms


@dataclass(frozen=True)
class Rotation:
    """A rotation found on some pairs and scored on the others.

    matrix: Q (6, 6), used as v = z @ Q. fitted: score on the pairs that it was found on.
    scores: of the other pairs, nats.
    """

    matrix: np.ndarray
    fitted: float
    scores: np.ndarray

    @property
    def score(self) -> float:
        return float(self.scores.mean())


@one_thread()
def find_rotation(
    z: np.ndarray,
    mixture: Mixture,
    rng: np.random.Generator,
    *,
    screened: int = 48,
    starts: int = 16,
    steps: int = 50,
) -> Rotation:
    """The best of many ascents on O(6), found on the first half of (z, mixture), at most
    MOST_FITTED pairs, and scored on the rest. z: (N, 6), in random order."""
    points = z.astype(np.float32)
    half = fitted_pairs(len(points))
    seen, told = points[:half], mixture[slice(0, half)]
    turns = np.concatenate([eigen_starts(seen, told), haar(SIZE, screened, rng)], dtype=np.float32)
    forms = score_forms(told)
    likely = slopes(forms, seen, turns, FLOOR)[0].argsort()[::-1][:starts]
    turns, values = ascend(forms, seen, turns[likely], floor=FLOOR, steps=steps, rate=0.2)
    best = turns[values.argmax()]
    scores = pair_scores(mixture[slice(half, None)], torch.from_numpy(points[half:] @ best))
    return Rotation(best.astype(float), float(values.max()), scores.double().numpy())


@one_thread()
def refine(z: np.ndarray, mixture: Mixture, matrix: np.ndarray) -> np.ndarray:
    """The rotation (6, 6) near `matrix` that fits all pairs best: the estimate to report."""
    start, points = matrix.astype(np.float32)[None], z.astype(np.float32)
    found = ascend(score_forms(mixture), points, start, floor=FLOOR, steps=60, rate=0.06)[0][0]
    return found.astype(float)


def eigen_starts(z: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Orthogonal starts (16, 6, 6): for each of a to d the direction of z along which its square
    as read off the image grows most, made orthogonal, with the sign patterns."""
    second = mixture.moments()[0][:, SHOWN].clamp_max(9.0)
    second = second - second.mean(0)
    points = torch.from_numpy(z)
    spread = torch.einsum("nj,ni,nk->jik", second, points, points)
    axes = torch.linalg.eigh(spread)[1][..., -1]  # (4, 6)
    left, _, right = torch.linalg.svd(axes, full_matrices=False)
    axes = left @ right
    rest = torch.linalg.svd(axes)[2][4:]  # what is orthogonal to them
    frames = torch.cat([rest.expand(len(SIGNS), 2, SIZE), SIGNS[..., None] * axes], 1)
    out: np.ndarray = frames.transpose(1, 2).numpy()
    return out


def axis_errors(found: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Degrees between the axes of a, b, c, d of two rotations (6, 6), signs aside, (4,)."""
    cosines = np.abs(np.einsum("ij,ij->j", found, planted))[SHOWN]
    out: np.ndarray = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return out
