"""Mutual information gap (MIG).

Chen, Li, Grosse and Duvenaud 2018, Isolating sources of disentanglement in variational
autoencoders: the gap between the two latents that have most information on a factor, as a share of
the factor's entropy, in the mean over the factors. Codes and continuous factors are cut into bins
of equal frequency, and entropies have Miller's correction for the number of cells seen.
"""

import numpy as np

from fractaldream_base.progress import Bar

from .codes import FactorCodes
from .results import Array, Score


def frequency_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the bin of each value (N, C) by its column's quantiles, int (N, C).

    Equal values share a bin.

    Examples
    --------
    >>> import numpy as np
    >>> frequency_bins(np.array([[0.1], [5.0], [0.2], [9.0]]), 2).tolist()
    [[0], [1], [0], [1]]
    """
    out = np.empty(values.shape, np.int64)
    for j, column in enumerate(values.T):
        edges = np.unique(np.quantile(column, np.arange(1, bins) / bins))
        out[:, j] = np.searchsorted(edges, column, side="right")
    return out


def entropy(counts: np.ndarray) -> float:
    """Return the plug-in entropy in nats, with Miller's correction for cells seen (Miller 1955).

    Examples
    --------
    >>> import numpy as np
    >>> round(entropy(np.array([1, 1])), 4)
    0.9431
    """
    seen = counts[counts > 0]
    share = seen / seen.sum()
    return float(-(share * np.log(share)).sum() + (len(seen) - 1) / (2 * seen.sum()))


def mutual_information(codes: np.ndarray, factors: np.ndarray, weights: np.ndarray) -> Array:
    """Return I(z_i; v_k) / H(v_k), (L, K), of binned codes and factors.

    Parameters
    ----------
    codes, factors
        Bins, int (N, L) and (N, K).
    weights
        How often each row counts, (N,).
    """
    bins = 1 + int(max(codes.max(), factors.max()))
    out = np.empty((codes.shape[1], factors.shape[1]))
    of_factors = [entropy(np.bincount(column, weights, bins)) for column in factors.T]
    for i, code in enumerate(codes.T):
        of_code = entropy(np.bincount(code, weights, bins))
        for k, factor in enumerate(factors.T):
            joint = entropy(np.bincount(code * bins + factor, weights, bins * bins))
            out[i, k] = (of_code + of_factors[k] - joint) / of_factors[k]
    return np.clip(out, 0, 1)


def gaps(matrix: Array) -> Array:
    """Return the largest value of each column of (L, K) less the second largest, (K,)."""
    ranked = np.sort(matrix, axis=0)
    out: Array = ranked[-1] - ranked[-2]
    return out


def mutual_information_gap(
    data: FactorCodes, *, bins: int = 20, progress: bool = False
) -> tuple[Score, Array]:
    """Compute MIG.

    Parameters
    ----------
    data
        Codes and true factors.
    bins
        Number of bins of equal frequency.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    score
        MIG, with its bootstrap interval over images.
    information
        Mutual information of each latent and each factor over the factor's entropy, (L, K).
    """
    codes, factors = frequency_bins(data.codes, bins), frequency_bins(data.factors, bins)
    information = mutual_information(codes, factors, data.ones)
    chance = mutual_information(frequency_bins(data.shuffled, bins), factors, data.ones)
    draws = [
        gaps(mutual_information(codes, factors, weights)).mean()
        for weights in Bar(data.weights, desc="MIG", disable=not progress, leave=False)
    ]
    score = Score.from_draws(gaps(information), data.names, np.array(draws), gaps(chance).mean())
    return score, information
