"""One suspicion for each image, and what a person's first decisions add to it."""

from collections.abc import Iterable, Mapping

import numpy as np

from fractaldream_base.errors import BadInput

from .findings import Finding, deviations, tail

CERTAIN = {  # suspicion at once, whatever the rest
    "unreadable": 1.0,
    "truncated": 0.99,
    "link": 0.985,
    "blank": 0.98,
}
ADDED = {  # evidence, in nats, that a finding adds at score 1
    "mislabelled": 1.0,
    "odd-size": 2.0,
    "odd-mode": 1.0,
    "duplicate": 1.0,
    "near-duplicate": 0.0,  # decided in groups; no reason to doubt the image
    "dark": 1.0,
    "bright": 1.0,
    "blurred": 1.0,
    "compressed": 1.0,
    "bars": 1.0,
    "text": 2.0,
    "heavy": 1.0,
}
DISTANCE = 0.6  # weight of the distance against likeness to images of no set
CROP = 0.8  # weight of a bad crop against being off topic
CROP_MOST = 2.6  # nats: cuts follow the 7% furthest off topic, whose faults are the surer
BEYOND = 0.05  # of what a cut has beyond that, so that order remains
WEAKER = 0.1  # part of the weaker of the two that is added to the stronger
LEARNT = 4.0  # nats for a prediction that is one whole decision away from the mean of all
AXES = 24  # principal components in which decisions reach as far as images are alike
REACH = 0.3  # of the median squared distance of two images
SCORES = 3  # last columns of the features: the scores that the ranking was made of
SCORES_REACH = 2.0  # nats in the ranks of these scores, as far as decisions reach there
DOUBT = 0.3  # variance of one decision about its like
MOST = 4000  # decisions that are learnt from; of more, those most suspect


def joined(off_topic: np.ndarray, crop: np.ndarray) -> np.ndarray:
    """Evidence in nats from two tail shares: the stronger, and a part of the weaker.

    Shares measure rank, so that neither scale counts more than the other. A sum would let images
    that are a little of both pass those that are plainly one.
    """
    topic, crops = -np.log(off_topic), -CROP * np.log(crop)
    held = np.minimum(crops, CROP_MOST) + BEYOND * np.maximum(crops - CROP_MOST, 0)
    return np.asarray(np.maximum(topic, held) + WEAKER * np.minimum(topic, crops))


def together(distance: np.ndarray, foreign: np.ndarray, n: int | None = None) -> np.ndarray:
    """Return how far off topic each image is by both of `outliers`, (N,): a weighed sum.

    Its terms are deviations from the set's medians, as ranks would not tell the furthest from the
    far. Of distances, the logarithm is taken, as a few are very far. n: as of `findings.tail`.
    """
    far = np.log(np.maximum(distance, 1e-3))
    out: np.ndarray = DISTANCE * deviations(far, n) + deviations(foreign, n)
    return out


def suspicion(findings: Iterable[Finding], outlying: np.ndarray) -> np.ndarray:
    """Between 0 and 1, float64 (N,), from findings and from `evidence`."""
    total = outlying.copy()
    certain = np.zeros(len(total))
    for finding in findings:
        total[finding.image] += ADDED.get(finding.finding, 0.0) * finding.score
        certain[finding.image] = max(certain[finding.image], CERTAIN.get(finding.finding, 0.0))
    out: np.ndarray = np.maximum(squashed(total), certain)
    return out


def squashed(nats: np.ndarray) -> np.ndarray:
    """Suspicion from nats of evidence, 0 to 0.97."""
    return np.asarray(0.97 * (1 - np.exp(-np.maximum(nats, 0) / 5)))


def learnt_suspicion(
    features: np.ndarray, before: np.ndarray, keys: list[str], decided: Mapping[str, bool]
) -> np.ndarray:
    """Rank again from decisions: suspicion, float64 (N,); those decided sink to 0.

    features: float32 (N, D), the last three columns the scores of `outliers`. before: suspicion,
    (N,). decided: key to whether it is dropped.
    The mean of a Gaussian process through the decisions (Rasmussen and Williams 2006, chapter 2) is
    added to what the ranking knew: what is like the dropped rises, what is like the kept sinks, and
    what is like nothing decided stays. Alike are images of like pixels, and images that the same
    scores made suspect: so it learns which scores to trust in this set. Raises BadInput where
    nothing was decided about these images, or all alike.
    """
    has_decision = np.array([key in decided for key in keys])
    dropped = np.array([decided.get(key, False) for key in keys])
    readable = np.isfinite(features).all(1)
    decided_rows = np.nonzero(has_decision & readable)[0]
    if not has_decision.any():
        raise BadInput("none of the decisions is about an image of this review; give its own")
    if len(set(dropped[decided_rows])) < 2:
        raise BadInput(
            "decisions are all alike (blank and unreadable images aside); decide at least one to "
            "keep and one to drop"
        )
    if len(decided_rows) > MOST:
        decided_rows = decided_rows[np.argsort(-before[decided_rows], kind="stable")[:MOST]]
    nats = -5 * np.log(1 - np.minimum(before, 0.9699) / 0.97)
    nats[readable] += LEARNT * _like_decided(features, readable, decided_rows, dropped)
    after = np.where(before > 0.97, before, squashed((nats - nats.min()) / 2))
    return np.where(has_decision, 0.0, after)


def _like_decided(
    features: np.ndarray, readable: np.ndarray, decided_rows: np.ndarray, dropped: np.ndarray
) -> np.ndarray:
    """Predict how far each readable image lies above the mean decision, about -2 to 2."""
    from scipy.linalg import solve
    from sklearn.decomposition import PCA
    from sklearn.metrics.pairwise import rbf_kernel

    rows = features[readable]
    deviation = rows.std(0)
    scaled = (rows - rows.mean(0)) / np.where(deviation > 1e-6, deviation, 1)
    axes = min(AXES, *scaled.shape)
    codes = PCA(axes, svd_solver="covariance_eigh").fit_transform(scaled.clip(-5, 5))
    some = codes[:: -(-len(codes) // 300)]
    apart = np.median(((some[:, None] - some[None]) ** 2).sum(2))
    far = -np.log(np.stack([tail(score) for score in rows[:, -SCORES:].T], 1))
    decided = np.cumsum(readable)[decided_rows] - 1  # rows of codes

    def alike(which: np.ndarray) -> np.ndarray:
        by_pixels = rbf_kernel(codes[which], codes[decided], 1 / max(REACH * apart, 1e-6))
        by_scores = rbf_kernel(far[which], far[decided], 1 / (2 * SCORES_REACH**2))
        return np.asarray((by_pixels + by_scores) / 2)

    values = np.where(dropped[decided_rows], 1.0, -1.0)
    noisy = alike(decided) + DOUBT * np.eye(len(decided))
    weights = solve(noisy, values - values.mean(), assume_a="pos")
    parts = np.array_split(np.arange(len(codes)), -(-len(codes) // 4096))
    return np.concatenate([alike(part) @ weights for part in parts])
