"""Disentanglement, completeness and informativeness (DCI).

Eastwood and Williams 2018, A framework for the quantitative evaluation of disentangled
representations. Random forests predict each factor from all latents. Disentanglement is 1 - the
entropy over factors of a latent's importances, in the mean over latents weighted by importance;
completeness is 1 - the entropy over latents, in the mean over factors; informativeness is the R2 on
images that the forests did not see, at least 0.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.ensemble import RandomForestRegressor

from evalkit.statistics.inference import bootstrap_weights, interval
from fractaldream_base.progress import Bar

from .codes import FactorCodes
from .options import DisentangleOptions
from .results import Array, Score

MIN_LEAF = 5  # images in a leaf of a tree


@dataclass(frozen=True)
class DciScores:
    """The three scores of DCI, and the importances (L, K) that the first two come from."""

    disentanglement: Score
    completeness: Score
    informativeness: Score
    importance: Array


def forests(codes: np.ndarray, factors: np.ndarray, trees: int, seed: int) -> list[Any]:
    """Return one random forest for each factor (N, K), fitted on codes (N, L).

    All latents are tried at each split.
    """
    return [
        RandomForestRegressor(trees, min_samples_leaf=MIN_LEAF, random_state=seed, n_jobs=1).fit(
            codes, factor
        )
        for factor in factors.T
    ]


def importances(fitted: list[Any]) -> Array:
    """Return the impurity importances, (L, K).

    Each column sums to 1, or is 0 where the forest has not split.
    """
    return np.column_stack([forest.feature_importances_ for forest in fitted])


def predict(fitted: list[Any], codes: np.ndarray) -> Array:
    """Return the factors (N, K) that the forests predict from codes (N, L)."""
    return np.column_stack([forest.predict(codes) for forest in fitted])


def _evenness(shares: Array) -> Array:
    """Return 1 - entropy over its greatest value, of each row (R, C) of non-negative numbers."""
    total = shares.sum(1, keepdims=True)
    p = np.divide(shares, total, out=np.full_like(shares, 1 / shares.shape[1]), where=total > 0)
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    out: Array = 1 + (p * logs).sum(1) / np.log(shares.shape[1])
    return out


def disentanglement_of(importance: Array) -> float:
    """Return disentanglement of importances (L, K): the weighted mean over latents.

    Examples
    --------
    >>> import numpy as np
    >>> float(disentanglement_of(np.eye(2)))
    1.0
    """
    weight = importance.sum(1)
    if weight.sum() == 0:
        return 0.0
    return float((_evenness(importance) * weight).sum() / weight.sum())


def completeness_of(importance: Array) -> Array:
    """Return completeness of importances (L, K), of each factor, (K,).

    Examples
    --------
    >>> import numpy as np
    >>> completeness_of(np.eye(2)).tolist()
    [1.0, 1.0]
    """
    return _evenness(importance.T)


def dci_scores(
    data: FactorCodes,
    options: DisentangleOptions,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> DciScores:
    """Compute disentanglement, completeness and informativeness.

    Parameters
    ----------
    data
        Codes and true factors. The forests are fitted on the first half of the images, at most
        `options.fitted`; informativeness is computed on the others.
    options
        Number of trees, of refits and of bootstrap draws, and the seed of the forests.
    rng
        Draws the bootstrap samples.
    progress
        Whether to show progress on stderr.

    Returns
    -------
    DciScores
        Intervals of the first two scores come from `options.refits` fits on bootstrap samples;
        that of informativeness from the bootstrap over held-out images. Chance is what forests
        fitted on shuffled codes score.
    """
    count = min(len(data.codes) // 2, options.fitted)
    codes, factors = data.codes[:count], data.factors[:count]
    fitted = forests(codes, factors, options.trees, options.seed)
    importance = importances(fitted)
    refits: dict[str, list[float]] = {"disentanglement": [], "completeness": []}
    for _ in Bar(range(options.refits), desc="DCI", disable=not progress, leave=False):
        rows = rng.integers(0, count, count)
        seed = int(rng.integers(2**31))
        again = importances(forests(codes[rows], factors[rows], options.trees, seed))
        refits["disentanglement"].append(disentanglement_of(again))
        refits["completeness"].append(float(completeness_of(again).mean()))
    blind = forests(data.shuffled[:count], factors, options.trees, options.seed)
    nothing = importances(blind)
    return DciScores(
        disentanglement=Score.from_draws(
            np.array([disentanglement_of(importance)]), data.names,
            np.array(refits["disentanglement"]), disentanglement_of(nothing),
        ),
        completeness=Score.from_draws(
            completeness_of(importance), data.names, np.array(refits["completeness"]),
            float(completeness_of(nothing).mean()),
        ),
        informativeness=_informativeness(data, count, fitted, blind, options.draws, rng),
        importance=importance,
    )  # fmt: skip


def _informativeness(
    data: FactorCodes,
    count: int,
    fitted: list[Any],
    blind: list[Any],
    draws: int,
    rng: np.random.Generator,
) -> Score:
    """Return the mean R2 of the forests on the images from `count` on."""
    held_out = data.factors[count:]
    errors = (held_out - predict(fitted, data.codes[count:])) ** 2
    r2 = np.clip(1 - errors.mean(0) / held_out.var(0), 0, 1)
    weights = bootstrap_weights(len(held_out), draws, rng) / len(held_out)
    second, first = weights @ held_out**2, weights @ held_out
    drawn = np.clip(1 - weights @ errors / (second - first**2), 0, 1).mean(1)
    blind_errors = (held_out - predict(blind, data.shuffled[count:])) ** 2
    chance = np.clip(1 - blind_errors.mean(0) / held_out.var(0), 0, 1)
    return Score(
        float(r2.mean()), *interval(drawn), float(chance.mean()),
        dict(zip(data.names, map(float, r2), strict=True)),
    )  # fmt: skip
