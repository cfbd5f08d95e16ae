"""Distances between two sets of images in a space of features, and scores of class answers."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from evalkit.errors import BadInput
from evalkit.support.cache import cache_folder

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet
    from evalkit.networks.classifier import Classifier

SUBSETS = 50
SUBSET = 500  # images of each side, at most half of them


@dataclass(frozen=True)
class Space:
    """Features of images (N, C, S, S) in [0, 1], float (N, F), and what they are."""

    name: str
    what: str
    of: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Distance:
    """How far generated images are from real ones in one space. Not FID nor KID: those are in
    Inception's.

    frechet: Frechet distance of Gaussians. kernel, kernel_sd: squared MMD of the cubic kernel, mean
    and standard deviation over subsets. real_*: the same with training images as the generated:
    what a perfect generator would score.
    """

    features: str
    size: int
    frechet: float
    kernel: float
    kernel_sd: float
    real_frechet: float
    real_kernel: float


def frechet_distance(*, real: np.ndarray, generated: np.ndarray) -> float:
    """|m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) of features (N, F), (M, F) (Heusel et al. 2017,
    GANs trained by a two time-scale update rule). In float64; biased upwards for few images, so
    compare at the same N only. Raises BadInput."""
    for name, rows in (("real", real), ("generated", generated)):
        if len(rows) < 2:
            raise BadInput(f"{len(rows)} {name} images: a Frechet distance needs 2 or more")
        if not np.isfinite(rows).all():
            raise BadInput(f"features of {name} images are not finite")
    a, b = np.asarray(real, np.float64), np.asarray(generated, np.float64)
    one, two = (np.atleast_2d(np.cov(rows, rowvar=False)) for rows in (a, b))
    # the eigenvalues of C1 C2 are those of R C2 R with R R = C1, which is symmetric
    values, vectors = np.linalg.eigh(one)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    inner = np.linalg.eigvalsh(root @ two @ root)
    between = np.sqrt(np.clip(inner, 0, None)).sum()
    gap = a.mean(0) - b.mean(0)
    return float(gap @ gap + np.trace(one) + np.trace(two) - 2 * between)


def kernel_subsets(
    *, real: np.ndarray, generated: np.ndarray, rng: np.random.Generator
) -> tuple[float, float]:
    """Mean and standard deviation, over 50 pairs of random subsets, of the squared MMD of the cubic
    polynomial kernel (Binkowski et al. 2018, Demystifying MMD GANs), of features (N, F), (M, F)."""
    import torch
    from fractaldream_models.evaluation.sample_quality import kernel_distance

    size = max(2, min(SUBSET, len(real) // 2, len(generated) // 2))
    a, b = (torch.from_numpy(np.asarray(rows, np.float64)) for rows in (real, generated))
    draws = [
        kernel_distance(
            real=a[rng.choice(len(a), size, replace=False)],
            generated=b[rng.choice(len(b), size, replace=False)],
        )
        for _ in range(SUBSETS)
    ]
    return float(np.mean(draws)), float(np.std(draws))


def distance(
    space: Space,
    *,
    real: np.ndarray,
    generated: np.ndarray,
    training: np.ndarray,
    rng: np.random.Generator,
) -> Distance:
    """Both distances of features (N, F), with those of training images beside them."""
    kernel, spread = kernel_subsets(real=real, generated=generated, rng=rng)
    return Distance(
        features=space.what,
        size=real.shape[1],
        frechet=frechet_distance(real=real, generated=generated),
        kernel=kernel,
        kernel_sd=spread,
        real_frechet=frechet_distance(real=real, generated=training),
        real_kernel=kernel_subsets(real=real, generated=training, rng=rng)[0],
    )


def class_score(probabilities: np.ndarray) -> float:
    """exp(mean KL(p(y | x) || p(y))) of (N, K): the Inception score's formula (Salimans et al.
    2016, Improved techniques for training GANs) for any classifier; from 1 to K."""
    p = np.clip(np.asarray(probabilities, np.float64), 1e-12, 1)
    divergence = (p * (np.log(p) - np.log(p.mean(0)))).sum(1)
    return float(np.exp(divergence.mean()))


def own_space(images: "ImageSet", *, folder: Path | None = None, device: str = "cpu") -> Space:
    """The encoder of a small autoencoder, learnt on at most 5,000 training images (seed 0, half a
    minute), and kept in the cache folder by what the images are."""
    import torch
    from fractaldream_models.evaluation.sample_quality import Features, features_of

    from evalkit.networks.classifier import fit

    folder = cache_folder() if folder is None else folder
    data = images.data
    digest = hashlib.sha256(str(tuple(data.images.shape)).encode())
    digest.update(data.images.numpy().tobytes())
    digest.update(data.train.numpy().tobytes())
    if data.palette is not None:
        digest.update(data.palette.numpy().tobytes())
    path = folder / f"features-{digest.hexdigest()[:16]}.pt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}; set FRACTALDREAM_CACHE to a folder") from error
    network: Features = features_of(data.to(torch.device(device)), path, seed=0)
    channels = images.channels

    @torch.inference_mode()
    def of(pictures: np.ndarray) -> np.ndarray:
        parts = [
            network(fit(torch.from_numpy(part).to(device), part.shape[-1], channels)).cpu().numpy()
            for part in np.array_split(pictures, max(1, -(-len(pictures) // 256)))
        ]
        return np.concatenate(parts)

    what = f"64 codes of an autoencoder learnt on {images.name}, {path.stem[9:]}"
    return Space("autoencoder", what, of)


def classifier_space(classifier: "Classifier", name: str) -> Space:
    """The layer before a classifier's answer."""
    what = f"the layer before the answer of {name}"
    return Space("classifier", what, classifier.features)
