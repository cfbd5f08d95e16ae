"""Scores from the pixels of a set: which images are off topic, and which are bad crops."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from . import embedding, findings, outliers, ranking, yellow_faces
from .bad_crops import crop_likeness
from .findings import Finding
from .scan import Reading, thumbs_of
from .yellow_faces import with_yellow


@dataclass(frozen=True)
class ContentScores:
    """Scores of the rows from their pixels."""

    columns: np.ndarray  # float32 (R, D)
    topic: np.ndarray  # float64 (R,): how far off topic
    crops: np.ndarray  # float64 (R,): how much like a bad crop
    evidence: np.ndarray  # float64 (R,): both, in nats
    cuts: np.ndarray  # float64 (M,): the same of cut versions of the images, had they been there


def judge_content(
    readings: Sequence[Reading],
    rows: np.ndarray,
    embed: embedding.Embed | None,
    rng: np.random.Generator,
    workers: int,
) -> ContentScores:
    """Return the features of the given rows, and how far off topic and how cut each is.

    Cut versions are judged with the classical features alone: a network would be given pixels far
    coarser than those of the images.
    """
    n = len(rows)
    if not n:
        empty = np.zeros(0)
        return ContentScores(np.zeros((0, 1), np.float32), empty, empty, empty, empty)
    thumbs = thumbs_of(readings, rows)
    yellow = yellow_faces.yellow(thumbs)
    faces = yellow_faces.are_yellow_faces(yellow[:, 0])
    statistics = outliers.topic_features(thumbs, faces)
    crops = crop_likeness(thumbs, [readings[i].preview for i in rows], rng, workers)
    likeness = crops.images
    if embed is None:
        columns, placed = statistics, embedding.layout(thumbs)
        likeness = np.concatenate([likeness, crops.cuts])
        cut_features = (
            outliers.topic_features(crops.thumbs, faces) if len(crops.cuts) else statistics[:0]
        )
        distance = outliers.off_topic(columns, cut_features)
        foreign = outliers.foreign(
            thumbs, statistics, faces, cuts=cut_features, cut_from=crops.cut_from
        )
    else:
        columns = placed = embed([readings[i].preview for i in rows])
        distance = outliers.off_topic(columns)
        foreign = outliers.foreign(thumbs, statistics, faces)
    topic = ranking.together(distance, foreign, n=n)
    evidence = ranking.joined(findings.tail(topic, n), findings.tail(likeness, n))
    from sklearn.decomposition import PCA

    axes = min(32, *placed.shape)
    pca = PCA(axes, svd_solver="covariance_eigh")
    reduced = pca.fit_transform(placed) if n > 1 else np.zeros((n, 1))
    scores = np.stack([distance[:n], foreign[:n], crops.images], 1)
    parts = [statistics, reduced, scores] if faces else [statistics, reduced, yellow, scores]
    columns = np.hstack(parts).astype(np.float32)
    return ContentScores(columns, topic[:n], crops.images, evidence[:n], evidence[n:])


def content_findings(
    readings: Sequence[Reading], rows: np.ndarray, content: ContentScores, share: float
) -> Iterator[Finding]:
    """Yield the given share of images furthest off topic, and most like bad crops."""
    words = "unlike the rest: among the {tail} furthest from it, or most like images of no set"
    yield from findings.outlying(rows, content.topic, "off-topic", share, words)
    words = "looks cut: among the {tail} most like badly cut images of this set"
    cropped = list(findings.outlying(rows, content.crops, "bad-crop", share, words))
    if cropped:
        yield from with_yellow(cropped, thumbs_of(readings, rows), rows)
