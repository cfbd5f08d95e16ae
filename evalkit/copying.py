"""Has a generator copied? Distances to the training images against those of never-seen images.

Two questions, both of which a copyist answers with yes:

- Are generated images closer to the training images than fresh ones are? The test in the manner
  of C_T (Meehan, Chaudhuri & Dasgupta, 2020): Mann-Whitney within cells of the training set. Alone
  it accuses whoever blurs, since a smooth image lies closer to every image.
- Are they closer to the training images than to the fresh ones, more often than by chance? Under
  the null it makes no difference which images were learnt, so that labels may be exchanged.

The p-value is the larger of the two (an intersection-union test), so that either null is rejected
at most as often as stated.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import rankdata

from .errors import BadInput

LEAST = 20  # images of either kind that a cell, or a whole test, needs
PER_CELL = 100  # fresh images that a cell holds in the mean
CELLS = 20
DRAWS = 99_999  # exchanges of labels


@dataclass(frozen=True)
class Copying:
    """statistic: C_T over its standard deviation, N(0, 1) for an honest generator, below nought
    for one that is too close. p_value: small means too close to the training images.
    """

    statistic: float
    p_value: float
    p_closer_than_fresh: float  # the test in the manner of C_T
    p_prefers_training: float  # the exchange of labels
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


def exchange(
    nearest_rows: np.ndarray, learnt: int, fresh: int, rng: np.random.Generator
) -> tuple[float, float]:
    """p of how many generated images have a learnt image as their nearest; and that share.

    nearest_rows: (N,), of learnt images (first) and fresh ones together. Labels are exchanged:
    an image that is the nearest of c generated ones counts c times, so only how many images
    have which c matters, and draws are multivariate hypergeometric.
    """
    counts = np.bincount(nearest_rows, minlength=learnt + fresh)
    observed = counts[:learnt].sum()
    value, multiplicity = np.unique(counts, return_counts=True)
    drawn = rng.multivariate_hypergeometric(multiplicity, learnt, DRAWS, method="marginals") @ value
    p = (1 + (drawn >= observed).sum()) / (DRAWS + 1)
    return float(p), float(observed / len(nearest_rows))


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
    to_train: np.ndarray,
    fresh_to_train: np.ndarray,
    nearest_train: np.ndarray,
    to_fresh: np.ndarray,
    rng: np.random.Generator,
) -> Copying:
    """The test of features train (T, D), generated (N, D) and fresh (M, D). Raises BadInput.

    to_train, fresh_to_train: distances to the nearest training image, (N,) and (M,).
    nearest_train: its row, of the generated, (N,). to_fresh: (N,) distances and (N,) rows of the
    nearest fresh image, stacked (2, N).
    """
    if min(len(generated), len(fresh)) < LEAST:
        raise BadInput(
            f"{len(generated)} generated and {len(fresh)} never-seen images; the test needs "
            f"{LEAST} or more of each"
        )
    of_generated, of_fresh = cells_of(train, (generated, fresh), len(fresh), rng)
    statistic, count = stratified(to_train, fresh_to_train, of_generated, of_fresh)
    closer = float(ndtr(statistic))
    own, other = to_train, to_fresh[0]
    tied = own == other  # equal distances: either, by lot
    first = (own < other) | (tied & (rng.random(len(own)) < len(train) / (len(train) + len(fresh))))
    rows = np.where(first, nearest_train, len(train) + to_fresh[1].astype(np.int64))
    prefers, share = exchange(rows, len(train), len(fresh), rng)
    return Copying(
        statistic=statistic,
        p_value=max(closer, prefers),
        p_closer_than_fresh=closer,
        p_prefers_training=prefers,
        nearest_is_training=share,
        expected=len(train) / (len(train) + len(fresh)),
        cells=count,
    )
