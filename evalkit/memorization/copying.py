"""Has a generator copied? Distances to the training images against those of never-seen images.

Two questions, both of which a copyist answers with yes:

- Are generated images closer to the training images than fresh images are? This is tested in the
  manner of C_T (Meehan, Chaudhuri & Dasgupta, 2020), by Mann-Whitney tests within cells of the
  training set. Alone it accuses every generator that blurs, since a smooth image lies closer to
  every image.
- Are their nearest images training images rather than fresh ones, more often than by chance? Under
  the null it makes no difference which images were learnt, so that labels may be exchanged. Each
  generated image counts by how much nearer its nearest image is than the next ones.

The p-value is the larger of the two (an intersection-union test), so that either null is rejected
at most as often as stated.
"""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr
from scipy.stats import rankdata

from evalkit.statistics.nearest_neighbours import Nearest
from fractaldream_base.errors import BadInput

LEAST = 20  # images of either kind that a cell, or a whole test, needs
PER_CELL = 100  # mean number of fresh images in a cell
CELLS = 20  # at most
COMPONENTS = 16  # principal components that cells are made on
DRAWS = 9_999  # exchanges of labels
POOLED = 5  # nearest images that tell how isolated the nearest one is
LEVEL = 0.05  # of the verdict


@dataclass(frozen=True)
class Copying:
    """The test for copying.

    Attributes
    ----------
    statistic
        The weaker (larger) of the two statistics. Each is N(0, 1) under its null and negative for
        a generator that is too close to the training images.
    p_value
        The larger of the two p-values; small means too close to the training images.
    closer_than_fresh, p_closer_than_fresh
        C_T over its standard deviation, and its p-value.
    prefers_training, p_prefers_training
        The statistic and the p-value of the exchange of labels.
    nearest_is_training
        Share of generated images whose nearest image is a training image.
    expected
        That share where nothing was copied.
    cells
        Number of cells of the training set that were compared.
    """

    statistic: float
    p_value: float
    closer_than_fresh: float
    p_closer_than_fresh: float
    prefers_training: float
    p_prefers_training: float
    nearest_is_training: float
    expected: float
    cells: int

    @property
    def significant(self) -> bool:
        """Whether the p-value is below the level of 5%."""
        return self.p_value < LEVEL


def mann_whitney(x: np.ndarray, y: np.ndarray) -> float | None:
    """Return z of the rank sum of x among x and y, tie-corrected; None where all are equal.

    Examples
    --------
    >>> import numpy as np
    >>> round(mann_whitney(np.arange(8.0), np.arange(8.0) + 8), 5)
    -3.36067
    """
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
    """Return C_T over its standard deviation, and the number of cells that it compares.

    Parameters
    ----------
    generated, fresh
        Distances to the training images, (N,) and (M,).
    generated_cells, fresh_cells
        The cell of each. Cells are weighted by the number of their fresh images.
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
    """Return how much nearer the nearest image is than the others: 1 - d1 / d5, 0 to 1, (N,).

    A copy counts for nearly 1, an image between others for little. The fifth distance is taken
    rather than the second, since image sets hold near duplicates.

    Parameters
    ----------
    distances
        (N, k), sorted, to training and fresh images together, so that labels play no part.
    """
    first, last = distances[:, 0], distances[:, -1]
    out: np.ndarray = 1 - np.divide(first, last, out=np.ones_like(first), where=last > 0)
    return out


def nearest_votes(
    to_train: Nearest, to_fresh: Nearest, train: int, fresh: int
) -> tuple[np.ndarray, float]:
    """Return how often each image is the nearest one of generated images, weighted by isolation.

    Images that are equally near, as equal images are, share the vote, so that votes depend on
    distances alone and not on which images were learnt. Where five or more are equally near, the
    nearest is not isolated and there is no vote: the five nearest of either kind hold all images
    that share one.

    Parameters
    ----------
    to_train, to_fresh
        The nearest images of either kind to the generated ones: POOLED of them, or all.
    train, fresh
        Number of training images and of fresh images.

    Returns
    -------
    votes : ndarray
        Of training images first, then of fresh ones, (train + fresh,).
    nearest_is_training : float
        Share of generated images whose nearest image is a training image. Images that share the
        vote count in parts, and those without a vote as chance has it.
    """
    of_train, of_fresh = to_train.distances[:, :POOLED], to_fresh.distances[:, :POOLED]
    distances = np.concatenate([of_train, of_fresh], 1)
    rows = np.concatenate([to_train.rows[:, :POOLED], train + to_fresh.rows[:, :POOLED]], 1)
    weights = isolation(np.sort(distances, 1)[:, :POOLED])
    tied = distances == distances.min(1, keepdims=True)
    parts = tied / tied.sum(1, keepdims=True)
    votes = np.bincount(rows.ravel(), (weights[:, None] * parts).ravel(), minlength=train + fresh)
    is_training = parts[:, : of_train.shape[1]].sum(1)
    chance = train / (train + fresh)
    return votes, float(np.where(weights > 0, is_training, chance).mean())


def exchange(
    votes: np.ndarray, train: int, fresh: int, rng: np.random.Generator
) -> tuple[float, float]:
    """Test whether generated images prefer training images, by exchanging the labels.

    Parameters
    ----------
    votes
        How often each image is the nearest one, training images first, (train + fresh,).
    train, fresh
        Number of training images and of fresh images.
    rng
        Draws DRAWS exchanges of labels.

    Returns
    -------
    z, p
        z is negative where training images are nearest too often.
    """
    observed = votes[:train].sum()
    active = votes[votes > 0]
    pool, total, share = train + fresh, votes.sum(), train / (train + fresh)
    variance = share * (1 - share) * pool / (pool - 1) * ((votes**2).sum() - total**2 / pool)
    if variance <= 0:  # no image is nearer than others
        return 0.0, 1.0
    above, m = 0, len(active)
    step = max(1, 2**22 // m)
    for start in range(0, DRAWS, step):
        draws = min(step, DRAWS - start)
        # which of the active images are called training images: a random number of them, at random
        count = rng.hypergeometric(train, fresh, m, draws)
        order = rng.permuted(np.broadcast_to(active, (draws, m)), axis=1)
        sums = np.concatenate([np.zeros((draws, 1)), order.cumsum(1)], 1)
        exchanged = sums[np.arange(draws), count]
        above += int((exchanged >= observed * (1 - 1e-12)).sum())
    return float((total * share - observed) / variance**0.5), (1 + above) / (DRAWS + 1)


def assign_cells(
    train: np.ndarray, features: tuple[np.ndarray, ...], fresh: int, rng: np.random.Generator
) -> list[np.ndarray]:
    """Return the cell of each row of several feature arrays.

    Cells are those of k-means on principal components of at most 5,000 training rows, so many that
    each holds PER_CELL of the `fresh` images in the mean.
    """
    from sklearn.cluster import KMeans
    from sklearn.decomposition import PCA

    count = int(np.clip(fresh // PER_CELL, 1, CELLS))
    if count == 1:
        return [np.zeros(len(x), int) for x in features]
    some = train[rng.permutation(len(train))[:5000]]
    seed = int(rng.integers(2**31))
    pca = PCA(min(COMPONENTS, *some.shape), svd_solver="randomized", random_state=seed).fit(some)
    few = pca.transform(some)
    count = min(count, len(np.unique(few, axis=0)))  # of data that repeat a few images
    means = KMeans(count, n_init=1, random_state=seed).fit(few)
    return [means.predict(pca.transform(x)) for x in features]


def copying_test(
    *,
    train: np.ndarray,
    generated: np.ndarray,
    fresh: np.ndarray,
    to_train: Nearest,
    to_fresh: Nearest,
    fresh_to_train: np.ndarray,
    rng: np.random.Generator,
) -> Copying:
    """Test whether generated images are too close to the training images.

    Parameters
    ----------
    train, generated, fresh
        Features, (T, D), (N, D) and (M, D).
    to_train, to_fresh
        The five nearest images of either kind to the generated ones (fewer where there are not as
        many).
    fresh_to_train
        Distance of each fresh image to the nearest training image, (M,).
    rng
        Draws the cells and exchanges labels.

    Raises
    ------
    BadInput
        If there are fewer than LEAST images of either kind.
    """
    if min(len(generated), len(fresh)) < LEAST:
        raise BadInput(
            f"{len(generated)} generated and {len(fresh)} never-seen images; the test needs "
            f"{LEAST} or more of each"
        )
    cells, fresh_cells = assign_cells(train, (generated, fresh), len(fresh), rng)
    near = to_train.distances[:, 0]
    closer, count = stratified(near, fresh_to_train, cells, fresh_cells)
    p_closer = float(ndtr(closer))
    share = len(train) / (len(train) + len(fresh))
    votes, is_training = nearest_votes(to_train, to_fresh, len(train), len(fresh))
    prefers, p_prefers = exchange(votes, len(train), len(fresh), rng)
    return Copying(
        statistic=max(closer, prefers),
        p_value=max(p_closer, p_prefers),
        closer_than_fresh=closer,
        p_closer_than_fresh=p_closer,
        prefers_training=prefers,
        p_prefers_training=p_prefers,
        nearest_is_training=is_training,
        expected=share,
        cells=count,
    )
