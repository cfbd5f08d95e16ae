"""Scores of codes beside the labels of their images."""

from dataclasses import dataclass

import numpy as np

from evalkit.statistics.nearest_neighbours import nearest
from fractaldream_base.errors import BadInput

FITS = 10  # of k-means, from different starts
STEPS = 1000  # of the linear probe, at most


@dataclass(frozen=True)
class LabelledCodes:
    """Codes of training and held-out images, with their labels.

    Attributes
    ----------
    train, held_out
        Codes, float (N, L) and (M, L).
    train_labels, held_out_labels
        Labels, int (N,) and (M,).
    """

    train: np.ndarray
    train_labels: np.ndarray
    held_out: np.ndarray
    held_out_labels: np.ndarray


@dataclass(frozen=True)
class CodeScores:
    """Scores of what can be read from the codes of held-out images.

    Attributes
    ----------
    linear
        Accuracy of a linear probe: multinomial logistic regression on the standardised codes,
        fitted on the training images.
    neighbour
        Accuracy of the label of the nearest training image, by the distance of the codes.
    clustering
        Accuracy of k-means clusters, as many as there are labels, fitted on the training codes
        without labels: each cluster is given one label so that the most images agree (the
        Hungarian method).
    nmi, ari
        Normalised mutual information of clusters and labels, and the adjusted Rand index.
    """

    linear: float
    neighbour: float
    clustering: float
    nmi: float
    ari: float


@dataclass(frozen=True)
class CodeRow:
    """The scores of one way to encode images.

    Attributes
    ----------
    name
        The checkpoint, ``PCA`` or ``pixels``.
    kind
        Its kind of model; empty for PCA and pixels.
    latent
        Number of values of a code.
    scores
        What can be read from its codes.
    """

    name: str
    kind: str
    latent: int
    scores: CodeScores


def score_codes(codes: LabelledCodes, *, seed: int = 0) -> CodeScores:
    """Compute what labels can be read from codes, and how their clusters agree with labels.

    Parameters
    ----------
    codes
        The codes.
    seed
        Random seed of k-means.

    Raises
    ------
    BadInput
        If there are fewer than two labels, or codes are not finite.
    """
    from sklearn.cluster import KMeans
    from sklearn.linear_model import LogisticRegression

    c = codes
    count = len(np.unique(c.train_labels))
    if count < 2:
        raise BadInput("the training images have one label alone; give images of several classes")
    if not (np.isfinite(c.train).all() and np.isfinite(c.held_out).all()):
        raise BadInput("codes hold values that are not finite; train the model again")
    mean, spread = c.train.mean(0), c.train.std(0)
    spread = np.where(spread > 0, spread, 1.0)
    probe = LogisticRegression(max_iter=STEPS).fit((c.train - mean) / spread, c.train_labels)
    named = probe.predict((c.held_out - mean) / spread)
    closest = nearest(c.held_out.astype(np.float32), c.train.astype(np.float32), 1).rows[:, 0]
    count = min(count, len(np.unique(c.train, axis=0)))  # equal images have equal codes
    means = KMeans(count, n_init=FITS, random_state=seed).fit(c.train)
    accuracy, nmi, ari = cluster_scores(means.predict(c.held_out), c.held_out_labels)
    return CodeScores(
        linear=float((named == c.held_out_labels).mean()),
        neighbour=float((c.train_labels[closest] == c.held_out_labels).mean()),
        clustering=accuracy,
        nmi=nmi,
        ari=ari,
    )


def cluster_scores(clusters: np.ndarray, labels: np.ndarray) -> tuple[float, float, float]:
    """Return accuracy (Hungarian), normalised mutual information and adjusted Rand index.

    Parameters
    ----------
    clusters, labels
        int (N,), from 0.

    Examples
    --------
    >>> import numpy as np
    >>> cluster_scores(np.array([1, 1, 0, 0]), np.array([0, 0, 1, 1]))
    (1.0, 1.0, 1.0)
    """
    from scipy.optimize import linear_sum_assignment
    from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

    size = int(max(clusters.max(), labels.max())) + 1
    counts = np.zeros((size, size), np.int64)
    np.add.at(counts, (clusters, labels), 1)
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return (
        float(counts[rows, columns].sum() / len(labels)),
        float(normalized_mutual_info_score(labels, clusters)),
        float(adjusted_rand_score(labels, clusters)),
    )
