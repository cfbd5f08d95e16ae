"""Spaces in which the distances between generated and real images are taken."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from evalkit.networks.classifier import Classifier, fit
from evalkit.networks.features import Features
from evalkit.support.versions import fingerprint
from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_models.evaluation.sample_quality import Features as Autoencoder
from fractaldream_models.evaluation.sample_quality import features_of

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet

BATCH = 256  # images that are encoded at once
TRAINED_BY = ("fractaldream_models",)  # packages whose code trains the autoencoder


def autoencoder_features(
    images: "ImageSet", *, folder: Path | None = None, device: str = "cpu"
) -> Features:
    """Return the codes of a small autoencoder that was trained on a data set.

    It is trained on at most 5,000 training images (seed 0, half a minute), and kept in the cache
    folder under hashes of what its training depends on: the images, and the code of
    fractaldream_models, the libraries and the processor. The device is left out, so that rows of a
    comparison that were measured on different devices share one space.

    Parameters
    ----------
    images
        The data set.
    folder
        Where the autoencoder is kept. Default: the cache folder.
    device
        Where it computes.

    Raises
    ------
    BadInput
        If the folder cannot be made.
    """
    folder = cache_folder() if folder is None else folder
    digest = _digest(images)
    path = folder / f"features-{digest}-{fingerprint(TRAINED_BY)[:16]}.pt"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder}: {error.strerror}; set FRACTALDREAM_CACHE to a folder") from error
    network: Autoencoder = features_of(images.data.to(torch.device(device)), path, seed=0)
    channels = images.channels

    @torch.inference_mode()
    def encode(pictures: np.ndarray) -> np.ndarray:
        parts = [
            network(fit(torch.from_numpy(part).to(device), part.shape[-1], channels)).cpu().numpy()
            for part in np.array_split(pictures, max(1, -(-len(pictures) // BATCH)))
        ]
        return np.concatenate(parts)

    description = f"64 codes of an autoencoder learnt on {images.name}, {digest}"
    return Features("autoencoder", description, encode)


def classifier_features(classifier: Classifier, name: str) -> Features:
    """Return the layer before a classifier's answer."""
    return Features("classifier", f"the layer before the answer of {name}", classifier.features)


def _digest(images: "ImageSet") -> str:
    """Return a hash of the images that the autoencoder is trained on."""
    data = images.data
    digest = hashlib.sha256(str(tuple(data.images.shape)).encode())
    digest.update(data.images.numpy().tobytes())
    digest.update(data.train.numpy().tobytes())
    if data.palette is not None:
        digest.update(data.palette.numpy().tobytes())
    return digest.hexdigest()[:16]
