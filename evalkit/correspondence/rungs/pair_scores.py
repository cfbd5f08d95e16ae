"""Score pairs of latents and images by the inverse renderer's density.

The score of a pair (v, image) is log(0.95 q(v | image) + 0.05 N(v)) - log N(v), in nats: 0 for
images that tell nothing and at least log 0.05. The score of a transformation Q of the latents is
the mean over pairs (zQ, G(z)).
"""

import itertools
import math
from collections.abc import Callable

import numpy as np
import torch
from torch import Tensor

from evalkit.networks.inverse_renderer import SIZE, Mixture, log_prior
from evalkit.support.threads import side_by_side

FLOOR = 0.05
MOST_FITTED = 128  # pairs that a rotation is found on: twice what finds a planted one
SHOWN = slice(2, 6)  # a, b, c, d
SIGNS = torch.tensor(list(itertools.product((1.0, -1.0), repeat=4)))
NOTHING = -80.0  # in logarithms; the exponentials of still smaller ones are slow subnormals
SHIFTS = (1, 2, 3)  # places on, of the other pairs that centre a score


def score_pairs(mixture: Mixture, v: Tensor) -> Tensor:
    """Return the score of each pair, nats (..., N), for v (..., N, 6)."""
    ratio = mixture.log_prob(v) - log_prior(v)
    return torch.logaddexp(ratio + math.log1p(-FLOOR), torch.full_like(ratio, math.log(FLOOR)))


def fitted_pairs(n: int) -> int:
    """Return how many of n pairs a rotation is found on; the others score it."""
    return min(n // 2, MOST_FITTED)


def is_informative(score: float) -> bool:
    """Return whether a score is above 0 nats, which is what an uninformative image gets.

    Where images tell nothing of the latents, a score may be beyond the families that are known,
    and within that of one which is not.
    """
    return score > 0


def p_if_informative(p_value: float, score: float) -> float:
    """Return the p-value, or 1 for a score that is not informative."""
    return p_value if is_informative(score) else 1.0


def centred_scores(mixture: Mixture, v: Tensor) -> Tensor:
    """Return the score of each pair less that of other pairs of the same images, (..., N)."""
    others = [score_pairs(mixture, v.roll(shift, -2)) for shift in SHIFTS]
    return score_pairs(mixture, v) - torch.stack(others).mean(0)


def group_scores(mixtures: list[Mixture], v: np.ndarray, turns: np.ndarray) -> np.ndarray:
    """Return the mean centred score of v @ Q for each of several transformations Q.

    Parameters
    ----------
    mixtures
        What the inverse renderer answers of the images, in one way or several.
    v
        Latents, (n, 6). The scores have their precision; with float64 ties of the statistic are
        ties.
    turns
        The transformations, (m, 6, 6).

    Returns
    -------
    ndarray
        (len(mixtures), m), nats.
    """
    return group_scorer(mixtures, v)(turns)


def group_scorer(mixtures: list[Mixture], v: np.ndarray) -> Callable[[np.ndarray], np.ndarray]:
    """Return `group_scores` as a function of turns: what does not depend on these is done once."""
    points = torch.from_numpy(v)
    with torch.no_grad():
        forms = torch.cat([_forms(mixture.double()) for mixture in mixtures], 1).to(points)

    @torch.no_grad()
    def scores_of_part(turns: np.ndarray) -> np.ndarray:
        terms = _products(points @ torch.from_numpy(turns).to(points))
        terms = torch.stack([terms] + [terms.roll(shift, 1) for shift in SHIFTS])
        parts = torch.bmm(forms, terms.flatten(0, 1).permute(1, 2, 0).contiguous())
        parts = parts.clamp_min_(NOTHING).exp_()
        ratios = parts.unflatten(1, (len(mixtures), -1)).sum(2)
        matched, *others = (
            (ratios + FLOOR).log_().mean(0).unflatten(1, (1 + len(SHIFTS), -1)).unbind(1)
        )
        out: np.ndarray = (matched - torch.stack(others).mean(0)).numpy()
        return out

    def scores(turns: np.ndarray) -> np.ndarray:
        parts = side_by_side(
            scores_of_part, [turns[start : start + 4] for start in range(0, len(turns), 4)]
        )
        return np.concatenate([np.empty((len(mixtures), 0)), *parts], 1)

    return scores


def _products(v: Tensor) -> Tensor:
    """Return the products of v (..., 6) of degree 2, 1 and 0, (..., 28)."""
    row, column = torch.triu_indices(SIZE, SIZE)
    return torch.cat([v[..., row] * v[..., column], v, torch.ones_like(v[..., :1])], -1)


def _forms(mixture: Mixture) -> Tensor:
    """Return coefficients on `_products(v)` of the logarithm of each Gaussian's part, (N, K, 28).

    The parts are those of 0.95 q(v | image) / N(v): one matrix product for many v in place of one
    by one.
    """
    precision = mixture.whiten.mT @ mixture.whiten
    linear = (precision @ mixture.mean[..., None])[..., 0]
    constant = mixture.log_weight - 0.5 * (linear * mixture.mean).sum(-1) + math.log1p(-FLOOR)
    row, column = torch.triu_indices(SIZE, SIZE)
    square = torch.eye(SIZE) - precision
    square = square[..., row, column] * torch.where(row == column, 0.5, 1.0)
    return torch.cat([square, linear, constant[..., None]], -1)


def score_forms(mixture: Mixture) -> np.ndarray:
    """Return a mixture's quadratic forms as `ascend` takes them, float32 (N, 28, K)."""
    out: np.ndarray = _forms(mixture.double()).float().mT.contiguous().numpy()
    return out
