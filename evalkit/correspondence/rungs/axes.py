"""Rung 2's signed permutations of the axes: which latent is which parameter, up to sign."""

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from evalkit.networks.inverse_renderer import SIZE, Mixture
from evalkit.support.threads import one_thread

from .pair_scores import SHOWN, SIGNS, fitted_pairs, pair_scores


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
