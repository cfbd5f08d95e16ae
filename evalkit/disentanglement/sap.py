"""Separated attribute predictability (SAP).

Kumar, Sattigeri and Balakrishnan 2018, Variational inference of disentangled latent concepts from
unlabeled observations: the gap between the two latents that predict a factor best by linear
regression, in R2, in the mean over the factors.
"""

import numpy as np

from .codes import FactorCodes
from .mig import gaps
from .results import Array, Score


def squared_correlations(codes: np.ndarray, factors: np.ndarray, weights: np.ndarray) -> Array:
    """Return R2 of the regression of each factor on each single latent, (L, K).

    Parameters
    ----------
    codes, factors
        Latents (N, L) and factors (N, K).
    weights
        How often each row counts, (N,).

    Examples
    --------
    >>> import numpy as np
    >>> codes = np.array([[0.0], [1.0], [2.0]])
    >>> squared_correlations(codes, 3 - codes, np.ones(3)).round(6).tolist()
    [[1.0]]
    """
    w = weights[:, None] / weights.sum()
    z, v = codes - (w * codes).sum(0), factors - (w * factors).sum(0)
    spread = np.outer((w * z**2).sum(0), (w * v**2).sum(0))
    share = ((w * z).T @ v) ** 2
    out: Array = np.divide(share, spread, out=np.zeros_like(spread), where=spread > 1e-300)
    return out


def attribute_predictability(data: FactorCodes) -> Score:
    """Return SAP, with its bootstrap interval over images."""
    by_factor = gaps(squared_correlations(data.codes, data.factors, data.ones))
    draws = [
        gaps(squared_correlations(data.codes, data.factors, weights)).mean()
        for weights in data.weights
    ]
    chance = gaps(squared_correlations(data.shuffled, data.factors, data.ones)).mean()
    return Score.from_draws(by_factor, data.names, np.array(draws), chance)
