"""Diversity, and which classes a generator covers."""

from dataclasses import dataclass

import numpy as np

from .distances import class_score

MISSING = 0.1  # of its share among real images: less, and a class is called missing
UNSURE = 0.5  # greatest probability below which an answer counts as unsure
PAIRS = 500  # images that mean distances are taken between, at most


@dataclass(frozen=True)
class ClassFigures:
    """One class as the classifier names it.

    share, real_share: of generated and of real images. certainty: mean probability of the answer.
    diversity: mean distance within the class over that of real ones; None below two images.
    agreement: share of the images made for this label that are named so, of conditional kinds.
    """

    label: str
    share: float
    real_share: float
    certainty: float | None
    diversity: float | None
    agreement: float | None


@dataclass(frozen=True)
class Modes:
    """Coverage of the classes, all as named by a classifier, real images too.

    covered: classes with at least a tenth of their real share; missing: the others. distance:
    total variation between the shares, 0 to 1. unsure: share of answers below 0.5. score,
    real_score: exp of the mean KL from the mean answer, 1 to K (the Inception score's formula).
    """

    classifier: str
    classes: tuple[ClassFigures, ...]
    covered: int
    missing: tuple[str, ...]
    distance: float
    unsure: float
    real_unsure: float
    score: float
    real_score: float
    agreement: float | None


def spread(images: np.ndarray) -> float | None:
    """Mean Euclidean distance between two of the first 500 rows (N, F); None below two."""
    from scipy.spatial.distance import pdist

    return float(pdist(images[:PAIRS].astype(np.float32)).mean()) if len(images) > 1 else None


def modes(
    labels: tuple[str, ...],
    name: str,
    *,
    real: np.ndarray,
    generated: np.ndarray,
    real_images: np.ndarray,
    generated_images: np.ndarray,
    asked: np.ndarray | None = None,
) -> Modes:
    """From probabilities (N, K), (M, K) and flat images (N, F), (M, F). asked: the class that each
    image was made for, int (M,), where it was made for one."""
    named, of_real = generated.argmax(1), real.argmax(1)
    share = np.bincount(named, minlength=len(labels)) / len(named)
    real_share = np.bincount(of_real, minlength=len(labels)) / len(of_real)
    rows = []
    for k, label in enumerate(labels):
        own, other = named == k, of_real == k
        within, among = spread(generated_images[own]), spread(real_images[other])
        made = None if asked is None or not (asked == k).any() else named[asked == k] == k
        rows.append(
            ClassFigures(
                label=label,
                share=float(share[k]),
                real_share=float(real_share[k]),
                certainty=float(generated[own, k].mean()) if own.any() else None,
                diversity=within / among if within is not None and among else None,
                agreement=None if made is None else float(made.mean()),
            )
        )
    there = [row for row in rows if row.real_share > 0]
    missing = tuple(row.label for row in there if row.share < MISSING * row.real_share)
    return Modes(
        classifier=name,
        classes=tuple(rows),
        covered=len(there) - len(missing),
        missing=missing,
        distance=float(np.abs(share - real_share).sum() / 2),
        unsure=float((generated.max(1) < UNSURE).mean()),
        real_unsure=float((real.max(1) < UNSURE).mean()),
        score=class_score(generated),
        real_score=class_score(real),
        agreement=None if asked is None else float((named == asked).mean()),
    )
