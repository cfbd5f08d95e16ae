"""Rung 3: is there a rotation Q with G(Qv) near FD(v)? Rung 2's permutations of the axes, too.

Pairs (z, G(z)) are judged by the inverse renderer: the score of Q is the mean over pairs of
log (0.95 q(zQ | G(z)) + 0.05 N(zQ)) - log N(zQ), in nats, 0 for images that tell nothing and
at least log 0.05. Q is found on one half of the pairs and scored on the other.
"""

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor

from evalkit.networks.inverse_renderer import SIZE, Mixture, log_prior
from evalkit.statistics.ascent import ascend, slopes
from evalkit.statistics.orthogonal_group import haar
from evalkit.support.threads import one_thread, side_by_side

FLOOR = 0.05
MOST_FITTED = 128  # pairs that a rotation is found on: twice what finds a planted one
SHOWN = slice(2, 6)  # a, b, c, d
SIGNS = torch.tensor(list(itertools.product((1.0, -1.0), repeat=4)))


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


def pair_scores(mixture: Mixture, v: Tensor) -> Tensor:
    """Score of each pair, nats (..., N), for v (..., N, 6)."""
    ratio = mixture.log_prob(v) - log_prior(v)
    return torch.logaddexp(ratio + math.log1p(-FLOOR), torch.full_like(ratio, math.log(FLOOR)))


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
    forms = _columns(told)
    likely = slopes(forms, seen, turns, FLOOR)[0].argsort()[::-1][:starts]
    turns, values = ascend(forms, seen, turns[likely], floor=FLOOR, steps=steps, rate=0.2)
    best = turns[values.argmax()]
    scores = pair_scores(mixture[slice(half, None)], torch.from_numpy(points[half:] @ best))
    return Rotation(best.astype(float), float(values.max()), scores.double().numpy())


@one_thread()
def refine(z: np.ndarray, mixture: Mixture, matrix: np.ndarray) -> np.ndarray:
    """The rotation (6, 6) near `matrix` that fits all pairs best: the estimate to report."""
    start, points = matrix.astype(np.float32)[None], z.astype(np.float32)
    found = ascend(_columns(mixture), points, start, floor=FLOOR, steps=60, rate=0.06)[0][0]
    return found.astype(float)


def fitted_pairs(n: int) -> int:
    """Of n pairs, how many a rotation is found on; the others score it."""
    return min(n // 2, MOST_FITTED)


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


NOTHING = -80.0  # in logarithms; the exponentials of still smaller ones are slow subnormals
SHIFTS = (1, 2, 3)  # places on, of the other pairs that centre a score


def centred_scores(mixture: Mixture, v: Tensor) -> Tensor:
    """Score of each pair less that of other pairs of the same images and latents, (..., N)."""
    others = [pair_scores(mixture, v.roll(shift, -2)) for shift in SHIFTS]
    return pair_scores(mixture, v) - torch.stack(others).mean(0)


def group_scores(mixtures: list[Mixture], v: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Mean centred score of v @ Q for each Q of turns (m, 6, 6), by each mixture:
    (len(mixtures), m). In the precision of v; with float64 ties of the statistic are ties."""
    return group_scorer(mixtures, v)(turns)


def group_scorer(mixtures: list[Mixture], v: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """`group_scores` as a function of turns: what does not depend on these is done once."""
    points = torch.from_numpy(v)
    with torch.no_grad():
        forms = torch.cat([_forms(mixture.double()) for mixture in mixtures], 1).to(points)

    @torch.no_grad()
    def some(turns: np.ndarray) -> np.ndarray:
        terms = _products(points @ torch.from_numpy(turns).to(points))
        terms = torch.stack([terms] + [terms.roll(shift, 1) for shift in SHIFTS])
        parts = torch.bmm(forms, terms.flatten(0, 1).permute(1, 2, 0).contiguous())
        parts = parts.clamp_min_(NOTHING).exp_()
        ratios = parts.unflatten(1, (len(mixtures), -1)).sum(2)
        own, *others = (ratios + FLOOR).log_().mean(0).unflatten(1, (1 + len(SHIFTS), -1)).unbind(1)
        return (own - torch.stack(others).mean(0)).numpy()

    def scores(turns: np.ndarray) -> np.ndarray:
        parts = side_by_side(some, [turns[start : start + 4] for start in range(0, len(turns), 4)])
        return np.concatenate([np.empty((len(mixtures), 0)), *parts], 1)

    return scores


def _products(v: Tensor) -> Tensor:
    """v (..., 6) to its products of degree 2, 1 and 0, (..., 28)."""
    row, column = torch.triu_indices(SIZE, SIZE)
    return torch.cat([v[..., row] * v[..., column], v, torch.ones_like(v[..., :1])], -1)


def _forms(mixture: Mixture) -> Tensor:
    """Coefficients (N, K, 28) on `_products(v)` of the logarithms of what each Gaussian adds to
    0.95 q(v | image) / N(v): one matrix product for many v in place of one by one."""
    precision = mixture.whiten.mT @ mixture.whiten
    linear = (precision @ mixture.mean[..., None])[..., 0]
    constant = mixture.log_weight - 0.5 * (linear * mixture.mean).sum(-1) + math.log1p(-FLOOR)
    row, column = torch.triu_indices(SIZE, SIZE)
    square = torch.eye(SIZE) - precision
    square = square[..., row, column] * torch.where(row == column, 0.5, 1.0)
    return torch.cat([square, linear, constant[..., None]], -1)


def _columns(mixture: Mixture) -> np.ndarray:
    """`_forms` as `ascend` takes them, float32 (N, 28, K)."""
    out: np.ndarray = _forms(mixture.double()).float().mT.contiguous().numpy()
    return out


@one_thread()
def best_axes(
    z: np.ndarray, mixture: Mixture, turns: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rung 2's axes: for each Q of turns (m, 6, 6), the best signed permutation of z @ Q.

    Which axis is which of a to d is an assignment on read-offs (the covariance of the squares
    with what the image tells of each square), the signs are the best by the score, both on the
    pairs that a rotation would be found on. Returns the scores on the others (m,), the matrices
    (m, 6, 6), used as v = z @ Q @ P, and for the first Q the scores of those others, one by one.
    """
    points = torch.from_numpy(z).float()
    half = fitted_pairs(len(points))
    told, judged = mixture[slice(0, half)], mixture[slice(half, None)]
    second = told.moments()[0][:, SHOWN].clamp_max(9.0)
    second = (second - second.mean(0)) / second.std(0).clamp_min(1e-9)
    scores, matrices = np.empty(len(turns)), np.zeros((len(turns), SIZE, SIZE))
    one_by_one = np.empty(0)
    for k, turn in enumerate(torch.from_numpy(turns).float()):
        turned = points @ turn
        gain = (second.T @ turned[:half].square() / half).numpy()  # (4, 6)
        _, owners = linear_sum_assignment(-gain)
        order = [axis for axis in range(SIZE) if axis not in owners] + list(owners)
        frames = turned[:half][:, order].expand(len(SIGNS), half, SIZE).clone()
        frames[..., SHOWN] *= SIGNS[:, None]
        signs = SIGNS[pair_scores(told, frames).mean(-1).argmax()]
        factors = torch.cat([torch.ones(2), signs])
        pairs = pair_scores(judged, turned[half:][:, order] * factors).double().numpy()
        scores[k], one_by_one = pairs.mean(), pairs if k == 0 else one_by_one
        matrices[k, order, np.arange(SIZE)] = factors.numpy()
    return scores, matrices, one_by_one


def axes_score(z: np.ndarray, mixture: Mixture) -> float:
    """Score of the best signed permutation of the axes of z itself, by `best_axes`."""
    return float(best_axes(z, mixture, np.eye(SIZE)[None])[0][0])


def axis_errors(found: np.ndarray, planted: np.ndarray) -> np.ndarray:
    """Degrees between the axes of a, b, c, d of two rotations (6, 6), signs aside, (4,)."""
    cosines = np.abs(np.einsum("ij,ij->j", found, planted))[SHOWN]
    out: np.ndarray = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return out
