"""MIG, DCI, SAP and FactorVAE's score of codes against true continuous factors.

All lie in [0, 1], more is better. Codes (N, L) and factors (N, K) are arrays: where they come
from is `factors.py`'s affair.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.ensemble import RandomForestRegressor
from tqdm import tqdm

from evalkit.errors import BadInput
from evalkit.statistics.inference import bootstrap_weights, interval
from evalkit.support.threads import one_thread

SCORES = ("mig", "sap", "disentanglement", "completeness", "informativeness", "factor_vae")
LEAST = 100  # images
PRUNED = 0.01  # share of the widest latent's variance below which one counts as unused
Array = NDArray[np.float64]
FixedBatch = Callable[[int, np.random.Generator], np.ndarray]  # factor k -> codes (B, L)


@dataclass(frozen=True)
class Settings:
    """Choices of the estimators, all of them printed with the result."""

    bins: int = 20  # of equal frequency, for MIG
    draws: int = 200  # of the bootstrap
    trees: int = 40  # of each random forest of DCI
    refits: int = 10  # bootstrap fits of DCI's forests, for its intervals; 0: no intervals
    fitted: int = 2000  # images that DCI's forests learn from, at most
    votes: int = 200  # of FactorVAE's score, half of them to learn from
    seed: int = 0


@dataclass(frozen=True)
class Score:
    """One figure with its 95% interval.

    chance: the same figure where codes and factors are of different images. by_factor: what it is
    the mean of, by name, where it is one.
    """

    value: float
    low: float | None = None
    high: float | None = None
    chance: float | None = None
    by_factor: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Disentanglement:
    """The scores by name (see SCORES), what they were asked of, and the choices made."""

    scores: dict[str, Score]
    factors: tuple[str, ...]
    images: int
    latent: int
    used: int  # latents that vary (FactorVAE's pruning rule)
    settings: Settings
    importance: list[list[float]]  # (L, K), of DCI
    information: list[list[float]]  # (L, K), of MIG, as shares of each factor's entropy
    notes: dict[str, Any] = field(default_factory=dict)


def check_settings(settings: Settings) -> None:
    """Refuse choices that no estimator can use. Raises BadInput."""
    least = {"bins": 2, "draws": 2, "trees": 1, "refits": 0, "fitted": LEAST // 2, "votes": 20}
    for name, low in least.items():
        if getattr(settings, name) < low:
            raise BadInput(f"{name} {getattr(settings, name)}: give {low} or more")


def check(codes: np.ndarray, factors: np.ndarray, names: tuple[str, ...]) -> None:
    """Refuse codes and factors that cannot be scored. Raises BadInput."""
    if codes.ndim != 2 or factors.ndim != 2 or len(codes) != len(factors):
        raise BadInput(f"codes {codes.shape}, factors {factors.shape}: give (N, L) and (N, K)")
    if factors.shape[1] != len(names):
        raise BadInput(f"{factors.shape[1]} factors, {len(names)} names: give one for each")
    if len(codes) < LEAST:
        raise BadInput(f"{len(codes)} images: disentanglement needs {LEAST} or more")
    if codes.shape[1] < 2:
        raise BadInput("one-dimensional latent: nothing to disentangle; give a model with more")
    if len(names) < 2:
        raise BadInput(f"{len(names)} factor: disentanglement needs two or more")
    for what, values in (("codes", codes), ("factors", factors)):
        if not np.isfinite(values).all():
            raise BadInput(f"{what} hold values that are not finite")
    for name, column in zip(names, factors.T, strict=True):
        if np.ptp(column) == 0:
            raise BadInput(f"factor {name} does not vary in these data; leave it out")


# Mutual information gap


def frequency_bins(values: np.ndarray, bins: int) -> np.ndarray:
    """Bin of each value (N, C) by its column's quantiles, int (N, C); equal values share a bin."""
    out = np.empty(values.shape, np.int64)
    for j, column in enumerate(values.T):
        edges = np.unique(np.quantile(column, np.arange(1, bins) / bins))
        out[:, j] = np.searchsorted(edges, column, side="right")
    return out


def _entropy(counts: np.ndarray) -> float:
    """Nats, plug-in with Miller's correction for cells seen (Miller 1955)."""
    seen = counts[counts > 0]
    share = seen / seen.sum()
    return float(-(share * np.log(share)).sum() + (len(seen) - 1) / (2 * seen.sum()))


def mutual_information(codes: np.ndarray, factors: np.ndarray, weights: np.ndarray) -> Array:
    """I(z_i; v_k) / H(v_k), (L, K), of bins (N, L) and (N, K) with rows counted `weights` (N,)
    times."""
    bins = 1 + int(max(codes.max(), factors.max()))
    out = np.empty((codes.shape[1], factors.shape[1]))
    own = [_entropy(np.bincount(column, weights, bins)) for column in factors.T]
    for i, code in enumerate(codes.T):
        alone = _entropy(np.bincount(code, weights, bins))
        for k, factor in enumerate(factors.T):
            both = _entropy(np.bincount(code * bins + factor, weights, bins * bins))
            out[i, k] = (alone + own[k] - both) / own[k]
    return np.clip(out, 0, 1)


def gaps(matrix: Array) -> Array:
    """For each column (L, K), the largest less the second largest, (K,)."""
    ranked = np.sort(matrix, axis=0)
    out: Array = ranked[-1] - ranked[-2]
    return out


# Separated attribute predictability


def squared_correlations(codes: np.ndarray, factors: np.ndarray, weights: np.ndarray) -> Array:
    """R2 of the regression of each factor on each single latent, (L, K), rows counted `weights`
    times."""
    w = weights[:, None] / weights.sum()
    z, v = codes - (w * codes).sum(0), factors - (w * factors).sum(0)
    spread = np.outer((w * z**2).sum(0), (w * v**2).sum(0))
    share = ((w * z).T @ v) ** 2
    return np.divide(share, spread, out=np.zeros_like(spread), where=spread > 1e-300)


# Disentanglement, completeness, informativeness


def forests(codes: np.ndarray, factors: np.ndarray, trees: int, seed: int) -> list[Any]:
    """One random forest for each factor (N, K), from codes (N, L)."""
    return [
        RandomForestRegressor(trees, min_samples_leaf=5, random_state=seed, n_jobs=1).fit(
            codes, factor
        )
        for factor in factors.T
    ]


def importances(fitted: list[Any]) -> Array:
    """Impurity importances, (L, K); each column sums to 1, or is 0 where nothing was read off."""
    return np.column_stack([forest.feature_importances_ for forest in fitted])


def _evenness(shares: Array) -> Array:
    """1 - entropy over its greatest value, of each row (R, C) of non-negative numbers."""
    total = shares.sum(1, keepdims=True)
    p = np.divide(shares, total, out=np.full_like(shares, 1 / shares.shape[1]), where=total > 0)
    logs = np.log(p, out=np.zeros_like(p), where=p > 0)
    out: Array = 1 + (p * logs).sum(1) / np.log(shares.shape[1])
    return out


def disentanglement_of(importance: Array) -> float:
    """Mean over latents, weighted by their importance, of 1 - entropy over factors."""
    weight = importance.sum(1)
    if weight.sum() == 0:
        return 0.0
    return float((_evenness(importance) * weight).sum() / weight.sum())


def completeness_of(importance: Array) -> Array:
    """Of each factor, 1 - entropy over latents, (K,)."""
    return _evenness(importance.T)


# FactorVAE's score


def factor_votes(
    fixed: FixedBatch, factors: int, used: np.ndarray, scale: Array, votes: int,
    rng: np.random.Generator, progress: bool = False,
) -> np.ndarray:  # fmt: skip
    """(votes, 2): the latent that varies least, each over its scale, and the factor held fixed."""
    out = np.empty((votes, 2), np.int64)
    for row in tqdm(range(votes), desc="fixed factors", disable=not progress, leave=False):
        k = row % factors
        spread = fixed(k, rng)[:, used].var(0) / scale[used] ** 2
        out[row] = int(np.argmin(spread)), k
    return out


def majority(learn: np.ndarray, judge: np.ndarray, latents: int, factors: int) -> np.ndarray:
    """Whether the majority vote learnt from `learn` (V, 2) names the factor of each of `judge`."""
    table = np.zeros((latents, factors))
    np.add.at(table, (learn[:, 0], learn[:, 1]), 1)
    hit: np.ndarray = table.argmax(1)[judge[:, 0]] == judge[:, 1]
    return hit


# All of them


@one_thread()
def disentangle(
    codes: np.ndarray,
    factors: np.ndarray,
    names: tuple[str, ...],
    *,
    fixed: FixedBatch | None = None,
    settings: Settings | None = None,
    notes: dict[str, Any] | None = None,
    progress: bool = False,
) -> Disentanglement:
    """Scores of codes (N, L) against true factors (N, K). Raises BadInput.

    - MIG (Chen et al. 2018, Isolating sources of disentanglement in VAEs): gap between the two
      latents that tell most of a factor, I(z; v) / H(v), mean over factors. For continuous
      factors both are cut into `bins` bins of equal frequency, entropies with Miller's
      correction.
    - SAP (Kumar et al. 2018, Variational inference of disentangled latent concepts): the same gap
      of the R2 of a linear regression on one latent.
    - DCI (Eastwood and Williams 2018, A framework for the quantitative evaluation of
      disentangled representations): entropies of the importances in random forests that read
      each factor off all latents (least leaf 5, all latents tried at each split), learnt from
      half of the images, at most `fitted`; informativeness is their R2 on the rest, at least 0.
    - FactorVAE's score (Kim and Mnih 2018, Disentangling by factorising): with one factor held
      fixed, the latent of least variance, over its variance in all codes, names the factor by a
      majority vote; half of the votes learn, the other half is scored. Latents with less than
      a hundredth of the variance of the widest are left out. Asked where `fixed` is given, which
      returns codes of images that share one factor.

    Intervals: 95%, over images (of FactorVAE, over scored votes), by the bootstrap; for MIG, SAP
    and DCI moved so that their mean is the estimate, since rows drawn twice look like order.
    chance: of codes whose rows are shuffled; of FactorVAE, of votes whose factors are.
    """
    how = settings or Settings()
    check_settings(how)
    check(codes, factors, names)
    codes, factors = np.asarray(codes, float), np.asarray(factors, float)
    rng = np.random.default_rng(how.seed)
    order = rng.permutation(len(codes))  # images that come in some order
    codes, factors = codes[order], factors[order]
    shuffled = codes[rng.permutation(len(codes))]
    weights = bootstrap_weights(len(codes), how.draws, rng)

    scores: dict[str, Score] = {}
    binned, cut = frequency_bins(codes, how.bins), frequency_bins(factors, how.bins)
    information = mutual_information(binned, cut, np.ones(len(codes)))
    noise = mutual_information(frequency_bins(shuffled, how.bins), cut, np.ones(len(codes)))
    draws = [
        gaps(mutual_information(binned, cut, row)).mean()
        for row in tqdm(weights, desc="MIG", disable=not progress, leave=False)
    ]
    scores["mig"] = _score(gaps(information), names, np.array(draws), gaps(noise).mean())

    linear = gaps(squared_correlations(codes, factors, np.ones(len(codes))))
    draws = [gaps(squared_correlations(codes, factors, row)).mean() for row in weights]
    nothing = gaps(squared_correlations(shuffled, factors, np.ones(len(codes)))).mean()
    scores["sap"] = _score(linear, names, np.array(draws), nothing)

    importance = _dci(codes, factors, shuffled, names, how, rng, scores, progress)

    scale = codes.std(0)
    used = np.flatnonzero(scale**2 >= PRUNED * scale.max() ** 2)
    if not scale.max() > 0:
        raise BadInput("no latent varies over these images: the encoder has collapsed")
    if fixed is not None:
        half = factor_votes(fixed, len(names), used, scale, how.votes, rng, progress)
        learn, judge = half[::2], half[1::2]
        if len(names) % 2 == 0:  # so that both halves see each factor as often
            learn, judge = half[: how.votes // 2], half[how.votes // 2 :]
        hit = majority(learn, judge, len(used), len(names))
        resampled = bootstrap_weights(len(hit), 999, rng) @ hit / len(hit)
        blind = [
            majority(
                np.column_stack([learn[:, 0], rng.permutation(learn[:, 1])]),
                judge, len(used), len(names),
            ).mean()
            for _ in range(100)
        ]  # fmt: skip
        by_factor = {n: float(hit[judge[:, 1] == k].mean()) for k, n in enumerate(names)}
        scores["factor_vae"] = Score(
            float(hit.mean()), *interval(resampled),
            float(np.mean(blind)), by_factor,
        )  # fmt: skip
    return Disentanglement(
        scores=scores, factors=names, images=len(codes), latent=codes.shape[1], used=len(used),
        settings=how, importance=importance.tolist(), information=information.tolist(),
        notes=notes or {},
    )  # fmt: skip


def _dci(
    codes: Array, factors: Array, shuffled: Array, names: tuple[str, ...], how: Settings,
    rng: np.random.Generator, scores: dict[str, Score], progress: bool,
) -> Array:  # fmt: skip
    """Fill in the three scores of DCI; returns the importances (L, K)."""
    learn = min(len(codes) // 2, how.fitted)
    fitted = forests(codes[:learn], factors[:learn], how.trees, how.seed)
    importance = importances(fitted)
    predicted = np.column_stack([forest.predict(codes[learn:]) for forest in fitted])
    held = factors[learn:]
    errors = (held - predicted) ** 2
    r2 = np.clip(1 - errors.mean(0) / held.var(0), 0, 1)

    refits: dict[str, list[float]] = {"disentanglement": [], "completeness": []}
    for _ in tqdm(range(how.refits), desc="DCI", disable=not progress, leave=False):
        rows = rng.integers(0, learn, learn)
        again = importances(
            forests(codes[rows], factors[rows], how.trees, int(rng.integers(2**31)))
        )
        refits["disentanglement"].append(disentanglement_of(again))
        refits["completeness"].append(float(completeness_of(again).mean()))
    blind = forests(shuffled[:learn], factors[:learn], how.trees, how.seed)
    nothing = importances(blind)

    complete = completeness_of(importance)
    whole = np.array([disentanglement_of(importance)])
    for name, values, chance in (
        ("disentanglement", whole, disentanglement_of(nothing)),
        ("completeness", complete, float(completeness_of(nothing).mean())),
    ):
        score = _score(values, names, np.array(refits[name]), chance)
        scores[name] = score
    weights = bootstrap_weights(len(held), how.draws, rng) / len(held)
    second, first = weights @ held**2, weights @ held
    draws = np.clip(1 - weights @ errors / (second - first**2), 0, 1).mean(1)
    told = np.column_stack([forest.predict(shuffled[learn:]) for forest in blind])
    lost = np.clip(1 - ((held - told) ** 2).mean(0) / held.var(0), 0, 1)
    scores["informativeness"] = Score(
        float(r2.mean()), *interval(draws), float(lost.mean()),
        dict(zip(names, map(float, r2), strict=True)),
    )  # fmt: skip
    return importance


def _score(values: Array, names: tuple[str, ...], draws: Array, chance: float) -> Score:
    """A mean over factors with its bootstrap draws; no interval from fewer than two."""
    value = float(values.mean())
    by_factor = dict(zip(names, map(float, values), strict=True)) if len(values) > 1 else {}
    if len(draws) < 2:
        return Score(value, chance=float(chance), by_factor=by_factor)
    if len(draws) < 100:  # too few for quantiles: normal
        reach = 1.96 * float(draws.std(ddof=1))
        low, high = value - reach, value + reach
    else:
        low, high = interval(draws - draws.mean() + value)
    return Score(value, max(0.0, low), min(1.0, high), float(chance), by_factor)
