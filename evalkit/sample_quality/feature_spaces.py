"""Spaces in which the distances between generated and real images are taken."""

import functools
import hashlib
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch

from evalkit.networks.classifier import Classifier, fit
from evalkit.networks.features import Features
from evalkit.support.threads import one_thread
from evalkit.support.versions import fingerprint
from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_models.evaluation.sample_quality import Features as Autoencoder
from fractaldream_models.evaluation.sample_quality import Untrained, features_of

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet

SEED = 0  # of the autoencoder
BATCH = 256  # images that are encoded at once
TRAINED_BY = ("fractaldream_models",)  # packages whose code trains the autoencoder


def autoencoder_features(
    images: "ImageSet", *, folder: Path | None = None, device: str = "cpu"
) -> Features:
    """Return the codes of a small autoencoder that was trained on a data set.

    It is trained at its first use, on at most 5,000 training images (seed 0, half a minute of one
    core), and kept in the cache folder under hashes of what its training depends on: the images,
    and the code of fractaldream_models, the libraries and the processor. It is trained on one
    thread, so that it does not depend on their number. The device is left out, so that rows of a
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
    start = Untrained.of(images.channels, seed=SEED)  # here: its draws are of torch's generator
    lock = threading.Lock()

    @functools.cache
    @torch.inference_mode(False)
    @torch.enable_grad()
    @one_thread()
    def trained() -> Autoencoder:
        data = images.data.to(torch.device(device))
        return features_of(data, path, seed=SEED, start=start)

    def prepare() -> Autoencoder:
        with lock:
            return trained()

    def encode(pictures: np.ndarray) -> np.ndarray:
        return encoded(prepare(), pictures)

    @torch.inference_mode()
    def encoded(network: Autoencoder, pictures: np.ndarray) -> np.ndarray:
        channels = images.channels
        parts = [
            network(fit(torch.from_numpy(part).to(device), part.shape[-1], channels)).cpu().numpy()
            for part in np.array_split(pictures, max(1, -(-len(pictures) // BATCH)))
        ]
        return np.concatenate(parts)

    description = f"64 codes of an autoencoder learnt on {images.name}, {digest}"
    return Features("autoencoder", description, encode, prepare=prepare)


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
