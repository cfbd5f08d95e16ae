"""FactorVAE's score.

Kim and Mnih 2018, Disentangling by factorising: among images that share one factor, the latent of
least variance, over its variance in all codes, names that factor by a majority vote.
"""

from collections.abc import Callable

import numpy as np

from evalkit.statistics.inference import bootstrap_weights, interval
from fractaldream_base.progress import Bar

from .codes import FactorCodes
from .results import Score

PRUNED = 0.01  # share of the widest latent's variance below which a latent counts as unused
INTERVAL_DRAWS = 999  # of the bootstrap over scored votes
CHANCE_DRAWS = 100  # votes with shuffled factors
SharedFactor = Callable[[int, np.random.Generator], np.ndarray]  # factor k -> codes (B, L)


def used_latents(codes: np.ndarray) -> np.ndarray:
    """Return the latents of codes (N, L) that vary, int (U,).

    Latents with less than a hundredth of the variance of the widest one are left out.
    """
    scale = codes.std(0)
    return np.flatnonzero(scale**2 >= PRUNED * scale.max() ** 2)


def factor_votes(
    shared_factor: SharedFactor,
    data: FactorCodes,
    votes: int,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> np.ndarray:
    """Return the used latent that varies least and the factor held fixed, int (votes, 2)."""
    used, scale = used_latents(data.codes), data.codes.std(0)
    out = np.empty((votes, 2), np.int64)
    for row in Bar(range(votes), desc="fixed factors", disable=not progress, leave=False):
        k = row % len(data.names)
        variances = shared_factor(k, rng)[:, used].var(0) / scale[used] ** 2
        out[row] = int(np.argmin(variances)), k
    return out


def majority(train: np.ndarray, test: np.ndarray, latents: int, factors: int) -> np.ndarray:
    """Return whether the majority vote of `train` (V, 2) names the factor of each row of `test`."""
    table = np.zeros((latents, factors))
    np.add.at(table, (train[:, 0], train[:, 1]), 1)
    hits: np.ndarray = table.argmax(1)[test[:, 0]] == test[:, 1]
    return hits


def majority_vote_accuracy(
    shared_factor: SharedFactor,
    data: FactorCodes,
    votes: int,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> Score:
    """Compute FactorVAE's score.

    Parameters
    ----------
    shared_factor
        Returns codes (B, L) of images that share factor k.
    data
        Codes and true factors.
    votes
        Number of votes. Half of them learn the majority vote, the other half is scored.
    rng
        Draws the images, the bootstrap and the shuffled factors.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    Score
        The share of scored votes that are right, with its bootstrap interval over them. Chance is
        what votes with shuffled factors score.
    """
    cast = factor_votes(shared_factor, data, votes, rng, progress=progress)
    latents, factors = len(used_latents(data.codes)), len(data.names)
    train, test = cast[::2], cast[1::2]
    if factors % 2 == 0:  # so that both halves see each factor as often
        train, test = cast[: votes // 2], cast[votes // 2 :]
    hits = majority(train, test, latents, factors)
    draws = bootstrap_weights(len(hits), INTERVAL_DRAWS, rng) @ hits / len(hits)
    chance = [
        majority(
            np.column_stack([train[:, 0], rng.permutation(train[:, 1])]), test, latents, factors
        ).mean()
        for _ in range(CHANCE_DRAWS)
    ]
    by_factor = {n: float(hits[test[:, 1] == k].mean()) for k, n in enumerate(data.names)}
    return Score(float(hits.mean()), *interval(draws), float(np.mean(chance)), by_factor)
