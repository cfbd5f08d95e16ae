"""Diversity of images, and which classes a generator covers."""

from dataclasses import dataclass

import numpy as np

MISSING = 0.1  # share of a class over its share among real images, below which it is missing
UNSURE = 0.5  # greatest probability below which an answer counts as unsure
MAX_PAIRED = 500  # images between which mean distances are taken


@dataclass(frozen=True)
class ClassFigures:
    """One class as the classifier names it.

    Attributes
    ----------
    label
        Name of the class.
    share, real_share
        Share of the generated and of the real images.
    certainty
        Mean probability of the answer.
    diversity
        Mean distance within the class over that of real images; None below two images.
    agreement
        Share of the images generated for this label that are named so; None for models without
        labels.
    """

    label: str
    share: float
    real_share: float
    certainty: float | None
    diversity: float | None
    agreement: float | None


@dataclass(frozen=True)
class Modes:
    """Coverage of the classes, all as named by a classifier, those of real images too.

    Attributes
    ----------
    classifier
        Name of the classifier.
    classes
        Figures of each class.
    covered
        Number of classes with at least a tenth of their real share; higher is better.
    missing
        Names of the others.
    distance
        Total variation between the shares of generated and real images, 0 to 1; lower is better.
    unsure, real_unsure
        Share of answers with a probability below 0.5.
    score, real_score
        exp of the mean KL divergence from the mean answer, 1 to the number of classes: the formula
        of the Inception score.
    agreement
        Share of images that are named as the label they were generated for; None for models
        without labels.
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


def mean_distance(images: np.ndarray) -> float | None:
    """Return the mean Euclidean distance between two of the first 500 rows (N, F).

    None for fewer than two rows.
    """
    from scipy.spatial.distance import pdist

    if len(images) < 2:
        return None
    return float(pdist(images[:MAX_PAIRED].astype(np.float32)).mean())


def class_score(probabilities: np.ndarray) -> float:
    """Return exp(mean KL(p(y | x) || p(y))) of probabilities (N, K), from 1 to K.

    References
    ----------
    Salimans et al. 2016, Improved techniques for training GANs: the Inception score, here of any
    classifier.
    """
    p = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1)
    divergence = (p * (np.log(p) - np.log(p.mean(0)))).sum(1)
    return float(np.exp(divergence.mean()))


def mode_coverage(
    labels: tuple[str, ...],
    classifier: str,
    *,
    real: np.ndarray,
    generated: np.ndarray,
    real_images: np.ndarray,
    generated_images: np.ndarray,
    requested: np.ndarray | None = None,
) -> Modes:
    """Return which classes a generator covers.

    Parameters
    ----------
    labels
        Names of the K classes.
    classifier
        Name of the classifier.
    real, generated
        Probabilities that the classifier gives, (N, K) and (M, K).
    real_images, generated_images
        The images, flat, (N, F) and (M, F).
    requested
        The class that each image was generated for, int (M,); None where it was for none.
    """
    named, real_named = generated.argmax(1), real.argmax(1)
    share = np.bincount(named, minlength=len(labels)) / len(named)
    real_share = np.bincount(real_named, minlength=len(labels)) / len(real_named)
    rows = []
    for k, label in enumerate(labels):
        members, wanted = named == k, None if requested is None else requested == k
        rows.append(
            ClassFigures(
                label=label,
                share=float(share[k]),
                real_share=float(real_share[k]),
                certainty=float(generated[members, k].mean()) if members.any() else None,
                diversity=_ratio(generated_images[members], real_images[real_named == k]),
                agreement=_share(named == k, wanted),
            )
        )
    present = [row for row in rows if row.real_share > 0]
    missing = tuple(row.label for row in present if row.share < MISSING * row.real_share)
    return Modes(
        classifier=classifier,
        classes=tuple(rows),
        covered=len(present) - len(missing),
        missing=missing,
        distance=float(np.abs(share - real_share).sum() / 2),
        unsure=float((generated.max(1) < UNSURE).mean()),
        real_unsure=float((real.max(1) < UNSURE).mean()),
        score=class_score(generated),
        real_score=class_score(real),
        agreement=None if requested is None else float((named == requested).mean()),
    )


def _ratio(generated_images: np.ndarray, real_images: np.ndarray) -> float | None:
    """Return the mean distance within a class over that of real images; None below two images."""
    within, real_within = mean_distance(generated_images), mean_distance(real_images)
    return within / real_within if within is not None and real_within else None


def _share(hits: np.ndarray, rows: np.ndarray | None) -> float | None:
    """Return the share of hits among rows (bool); None where there are none."""
    return None if rows is None or not rows.any() else float(hits[rows].mean())
