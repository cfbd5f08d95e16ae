"""Distances between two sets of images in a space of features."""

from dataclasses import dataclass

import numpy as np

from fractaldream_base.errors import BadInput

SUBSETS = 50
SUBSET = 500  # images of each side, at most half of them


@dataclass(frozen=True)
class Distance:
    """Distances of generated images from real ones in one space.

    They are not FID and KID, which are distances in the space of InceptionV3.

    Attributes
    ----------
    features
        The space, in words.
    size
        Number of features.
    frechet
        Frechet distance of Gaussians; lower is better.
    kernel, kernel_sd
        Squared maximum mean discrepancy of the cubic kernel, mean and standard deviation over
        subsets; lower is better.
    real_frechet, real_kernel
        The same distances with training images in place of the generated: what a perfect generator
        would score.
    """

    features: str
    size: int
    frechet: float
    kernel: float
    kernel_sd: float
    real_frechet: float
    real_kernel: float


def frechet_distance(*, real: np.ndarray, generated: np.ndarray) -> float:
    """Return the Frechet distance of Gaussians fitted to two sets of features.

    |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)), in float64. It is biased upwards for few images, so
    that only distances at the same number of images compare.

    Parameters
    ----------
    real, generated
        Features, (N, F) and (M, F).

    Raises
    ------
    BadInput
        For fewer than two rows, or features that are not finite.

    References
    ----------
    Heusel et al. 2017, GANs trained by a two time-scale update rule converge to a local Nash
    equilibrium.

    Examples
    --------
    >>> import numpy as np
    >>> real = np.array([[0.0], [1.0], [2.0]])
    >>> round(frechet_distance(real=real, generated=real + 3), 6)
    9.0
    """
    for name, rows in (("real", real), ("generated", generated)):
        if len(rows) < 2:
            raise BadInput(f"{len(rows)} {name} images: a Frechet distance needs 2 or more")
        if not np.isfinite(rows).all():
            raise BadInput(f"features of {name} images are not finite")
    x, y = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    c1, c2 = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (x, y))
    # the eigenvalues of C1 C2 are those of R C2 R with R R = C1, which is symmetric
    values, vectors = np.linalg.eigh(c1)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ c2 @ root)
    trace_of_root = np.sqrt(np.clip(inner, 0, None)).sum()
    gap = x.mean(0) - y.mean(0)
    return float(gap @ gap + np.trace(c1) + np.trace(c2) - 2 * trace_of_root)


def kernel_subsets(
    *, real: np.ndarray, generated: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """Return the squared maximum mean discrepancy of the cubic polynomial kernel.

    Parameters
    ----------
    real, generated
        Features, (N, F) and (M, F).
    rng
        Draws the subsets.

    Returns
    -------
    mean, standard_deviation
        Over 50 pairs of random subsets.

    References
    ----------
    Binkowski et al. 2018, Demystifying MMD GANs.
    """
    import torch

    from fractaldream_models.evaluation.sample_quality import kernel_distance

    size = max(2, min(SUBSET, len(real) // 2, len(generated) // 2))
    x, y = (torch.from_numpy(np.asarray(rows, np.float64)) for rows in (real, generated))
    draws = [
        kernel_distance(
            real=x[rng.choice(len(x), size, replace=False)],
            generated=y[rng.choice(len(y), size, replace=False)],
        )
        for _ in range(SUBSETS)
    ]
    return float(np.mean(draws)), float(np.std(draws))


def feature_distance(
    space: str,
    *,
    real: np.ndarray,
    generated: np.ndarray,
    training: np.ndarray,
    rng: np.random.Generator,
) -> Distance:
    """Return both distances of features (N, F), with those of training images beside them.

    Parameters
    ----------
    space
        The space of the features, in words.
    real, generated, training
        Features, (N, F).
    rng
        Draws the subsets of the kernel distance.
    """
    kernel, spread = kernel_subsets(real=real, generated=generated, rng=rng)
    return Distance(
        features=space,
        size=real.shape[1],
        frechet=frechet_distance(real=real, generated=generated),
        kernel=kernel,
        kernel_sd=spread,
        real_frechet=frechet_distance(real=real, generated=training),
        real_kernel=kernel_subsets(real=real, generated=training, rng=rng)[0],
    )
