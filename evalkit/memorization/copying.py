"""Has a generator copied? Distances to the training images against those of never-seen images.

Two questions, both of which a copyist answers with yes:

- Are generated images closer to the training images than fresh ones are? The test in the manner
  of C_T (Meehan, Chaudhuri & Dasgupta, 2020): Mann-Whitney within cells of the training set. Alone
  it accuses whoever blurs, since a smooth image lies closer to every image.
- Are their nearest images learnt ones rather than fresh ones, more often than by chance? Under the
  null it makes no difference which images were learnt, so that labels may be exchanged. Each
  generated image counts by how much nearer its nearest image is than the next ones.

The p-value is the larger of the two (an intersection-union test), so that either null is rejected
at most as often as stated.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import rankdata

from evalkit.errors import BadInput
from evalkit.statistics.nearest_neighbours import Nearest

LEAST = 20  # images of either kind that a cell, or a whole test, needs
PER_CELL = 100  # fresh images that a cell holds in the mean
CELLS = 20
DRAWS = 9_999  # exchanges of labels
POOLED = 5  # nearest images that tell how isolated the nearest one is


@dataclass(frozen=True)
class Copying:
    """statistic: the weaker (larger) of the two, each N(0, 1) under its null and below nought for
    a generator that is too close. p_value: small means too close to the training images.
    """

    statistic: float
    p_value: float
    closer_than_fresh: float  # C_T over its standard deviation
    p_closer_than_fresh: float
    prefers_training: float  # the exchange of labels
    p_prefers_training: float
    nearest_is_training: float  # share of generated images whose nearest image was learnt
    expected: float  # that share, where nothing was copied
    cells: int  # of the training set that were compared


def mann_whitney(x: np.ndarray, y: np.ndarray) -> float | None:
    """z of the rank sum of x among x and y, tie-corrected; None where all are equal."""
    n, m = len(x), len(y)
    ranks = rankdata(np.concatenate([x, y]))
    _, counts = np.unique(ranks, return_counts=True)
    total = n + m
    variance = n * m / 12 * (total + 1 - (counts**3 - counts).sum() / (total * (total - 1)))
    if variance <= 0:
        return None
    return float((ranks[:n].sum() - n * (total + 1) / 2) / variance**0.5)


def stratified(
    generated: np.ndarray,
    fresh: np.ndarray,
    generated_cells: np.ndarray,
    fresh_cells: np.ndarray,
) -> tuple[float, int]:
    """C_T over its standard deviation, and how many cells it is of.

    Distances (N,), (M,) with the cell of each; cells are weighted by their fresh images.
    """
    zs, weights = [], []
    for cell in np.unique(fresh_cells):
        x, y = generated[generated_cells == cell], fresh[fresh_cells == cell]
        if min(len(x), len(y)) < LEAST:
            continue
        z = mann_whitney(x, y)
        if z is not None:
            zs.append(z)
            weights.append(len(y))
    if not zs:  # nothing generated where fresh images are, or all distances equal
        z = mann_whitney(generated, fresh)
        return (0.0, 0) if z is None else (z, 1)
    w = np.array(weights, float)
    return float(w @ np.array(zs) / np.sqrt(w @ w)), len(zs)


def isolation(distances: np.ndarray) -> np.ndarray:
    """How much nearer the nearest image is than the others, 0 to 1: 1 - d1 / d5, (N,).

    distances: (N, k), sorted, to learnt and fresh images together, so that it knows no labels. A
    copy counts for nearly 1, an image between others for little; the fifth rather than the second,
    since image sets hold near duplicates.
    """
    first, last = distances[:, 0], distances[:, -1]
    return 1 - np.divide(first, last, out=np.ones_like(first), where=last > 0)


def exchange(
    nearest_rows: np.ndarray,
    weights: np.ndarray,
    learnt: int,
    fresh: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """z and p of the weight of generated images whose nearest image is a learnt one.

    nearest_rows: (N,), of learnt images (first) and fresh ones together. weights: (N,). Labels are
    exchanged DRAWS times; z is below nought where learnt images are nearest too often.
    """
    heavy = np.bincount(nearest_rows, weights, minlength=learnt + fresh)
    observed = heavy[:learnt].sum()
    active = heavy[heavy > 0]
    pool, total, share = learnt + fresh, heavy.sum(), learnt / (learnt + fresh)
    spread = share * (1 - share) * pool / (pool - 1) * ((heavy**2).sum() - total**2 / pool)
    if spread <= 0:  # no image is nearer than others
        return 0.0, 1.0
    above, m = 0, len(active)
    step = max(1, 2**22 // m)
    for start in range(0, DRAWS, step):
        several = min(step, DRAWS - start)
        # which of the active images are called learnt: a random number of them, at random
        count = rng.hypergeometric(learnt, fresh, m, several)
        order = rng.permuted(np.broadcast_to(active, (several, m)), axis=1)
        sums = np.concatenate([np.zeros((several, 1)), order.cumsum(1)], 1)
        drawn = sums[np.arange(several), count]
        above += int((drawn >= observed * (1 - 1e-12)).sum())
    return float((total * share - observed) / spread**0.5), (1 + above) / (DRAWS + 1)


def cells_of(
    train: np.ndarray, several: tuple[np.ndarray, ...], fresh: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """The cell of each row of several feature arrays: k-means on (at most 5,000) training rows.

    Made on 16 principal components, of the training images alone.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    count = int(np.clip(fresh // PER_CELL, 1, CELLS))
    if count == 1:
        return [np.zeros(len(x), int) for x in several]
    some = train[rng.permutation(len(train))[:5000]]
    seed = int(rng.integers(2**31))
    pca = PCA(min(16, *some.shape), svd_solver="randomized", random_state=seed).fit(some)
    means = KMeans(count, n_init=1, random_state=seed).fit(pca.transform(some))
    return [means.predict(pca.transform(x)) for x in several]


def copying(
    *,
    train: np.ndarray,
    generated: np.ndarray,
    fresh: np.ndarray,
    to_train: Nearest,
    to_fresh: Nearest,
    fresh_to_train: np.ndarray,
    rng: np.random.Generator,
) -> Copying:
    """The test of features train (T, D), generated (N, D) and fresh (M, D). Raises BadInput.

    to_train, to_fresh: the five nearest of either kind to the generated (fewer where there are not
    as many). fresh_to_train: distances of fresh images to the nearest training image, (M,).
    """
    if min(len(generated), len(fresh)) < LEAST:
        raise BadInput(
            f"{len(generated)} generated and {len(fresh)} never-seen images; the test needs "
            f"{LEAST} or more of each"
        )
    of_generated, of_fresh = cells_of(train, (generated, fresh), len(fresh), rng)
    own, other = to_train.distances[:, 0], to_fresh.distances[:, 0]
    closer, count = stratified(own, fresh_to_train, of_generated, of_fresh)
    p_closer = float(ndtr(closer))
    share = len(train) / (len(train) + len(fresh))
    first = (own < other) | ((own == other) & (rng.random(len(own)) < share))  # ties by lot
    rows = np.where(first, to_train.rows[:, 0], len(train) + to_fresh.rows[:, 0])
    together = np.sort(np.concatenate([to_train.distances, to_fresh.distances], 1), 1)
    prefers, p_prefers = exchange(
        rows, isolation(together[:, :POOLED]), len(train), len(fresh), rng
    )
    return Copying(
        statistic=max(closer, prefers),
        p_value=max(p_closer, p_prefers),
        closer_than_fresh=closer,
        p_closer_than_fresh=p_closer,
        prefers_training=prefers,
        p_prefers_training=p_prefers,
        nearest_is_training=float(first.mean()),
        expected=share,
        cells=count,
    )
