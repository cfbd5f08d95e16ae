"""Maps from images to vectors that distances are taken between."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel, open_model
from fractaldream_base.errors import BadInput
from fractaldream_models.pretrained import checkpoint_file

NUMBERS = 1024  # that `pixels` keeps of an image at most: 32 x 32 grey, 16 x 16 in colour
CHUNK = 2**22  # pixels that are looked at at once


@dataclass(frozen=True)
class Features:
    """A map from images to vectors, and what it is, in words.

    Distances between vectors are root mean squares over their numbers: for `pixels`, in units of
    the range of a pixel. On a CPU, the vector of an image does not depend on other images,
    up to the last digits of those of the autoencoder.

    Attributes
    ----------
    name
        As the command line has it.
    description
        What the vector is, in words.
    of
        The map, float32 (N, C, S, S) in [0, 1] to float32 (N, D).
    operator
        Of `pixels`, the means over parts of a row, (side, S).
    prepare
        Compute what the first use needs, which takes long and may be done beside other work; None
        where there is nothing. Such features see images at most 32 px wide.
    """

    name: str
    description: str
    of: Callable[[np.ndarray], np.ndarray]
    operator: np.ndarray | None = None
    prepare: Callable[[], object] | None = None

    def of_rows(
        self, images: ImageSet, rows: np.ndarray, *, progress: bool = False, title: str = "features"
    ) -> np.ndarray:
        """Return the vectors of rows, float32 (len(rows), D), read in chunks."""
        from fractaldream_base.progress import Bar

        levels = self.operator is not None and images.data.palette is not None
        step = max(1, CHUNK // images.size**2)
        chunks = [rows[start : start + step] for start in range(0, len(rows), step)]

        def vectors(part: np.ndarray) -> np.ndarray:
            return self._of_levels(images, part) if levels else self.of(images.images(part))

        # networks have threads of their own, numpy's look-ups have not
        with ThreadPoolExecutor(torch.get_num_threads() if levels else 1) as pool:
            bar = Bar(total=len(rows), desc=title, disable=not progress)
            parts = []
            for part in pool.map(vectors, chunks):
                parts.append(part)
                bar.update(len(part))
            bar.close()
        return np.concatenate(parts) if parts else np.empty((0, 0), np.float32)

    def _of_levels(self, images: ImageSet, rows: np.ndarray) -> np.ndarray:
        """Return the same as `of`, three times as fast: levels are coloured channel by channel."""
        assert images.data.palette is not None and self.operator is not None
        levels = images.data.images.numpy()[rows, 0]
        table = (images.data.palette.numpy().T / 255).astype(np.float32)
        channels = [means(np.take(column, levels), self.operator) for column in table]
        return np.stack(channels, 1).reshape(len(rows), -1)


def area(size: int, side: int) -> np.ndarray:
    """Return the operator (side, size) of means over `side` equal parts of `size` pixels."""
    edges = np.arange(side + 1) * size / side
    low, high = edges[:-1, None], edges[1:, None]
    at = np.arange(size)
    shares = np.clip(np.minimum(high, at + 1) - np.maximum(low, at), 0, None)
    out: np.ndarray = (shares / shares.sum(1, keepdims=True)).astype(np.float32)
    return out


def means(planes: np.ndarray, operator: np.ndarray) -> np.ndarray:
    """Return the area means (N, side, side) of planes (N, S, S), plane by plane.

    One product for all planes would round a plane as its place and the number of planes have it.
    """
    out: np.ndarray = np.matmul(operator, np.matmul(planes, operator.T))
    return out


def pixels(size: int, channels: int) -> Features:
    """Return area means over a coarse grid as features: no weights, no download."""
    side = min(size, int((NUMBERS / channels) ** 0.5 // 4 * 4))
    operator = area(size, side)

    def of(images: np.ndarray) -> np.ndarray:
        n, c, s, _ = images.shape
        step = max(1, CHUNK // (c * s * s))
        out = np.empty((n, c * side * side), np.float32)
        for at in range(0, n, step):
            part = np.ascontiguousarray(images[at : at + step], np.float32)
            out[at : at + step] = means(part.reshape(-1, s, s), operator).reshape(len(part), -1)
        return out

    return Features("pixels", f"area means of {channels} x {side} x {side}", of, operator)


def open_features(name: str, model: LatentModel) -> Features:
    """Return the features that `name` says.

    Parameters
    ----------
    name
        ``pixels``, ``encoder`` (the model's own), or a file or ``pretrained:NAME``: a classifier
        (the layer before its answer) or a checkpoint with an encoder that needs no labels.
    model
        The model whose images are compared.

    Raises
    ------
    BadInput
        If there are no such features, or they do not fit the model's images.
    """
    if name == "pixels":
        return pixels(model.size, model.channels)
    if name == "encoder":
        model.need_encoder("--features encoder")
        return _encoder(name, model, model)
    if not checkpoint_file(name).is_file():
        raise BadInput(
            f"features {name}: give pixels, encoder, a classifier, a checkpoint (.pt) or "
            "pretrained:NAME"
        )
    from fractaldream_models.checkpoint import read

    from .classifier import KIND, load_classifier

    if read(name, model.device).get("kind") == KIND:
        classifier = load_classifier(name, model.device)
        return Features(name, "the layer before a classifier's answer", classifier.features)
    other = open_model(name, device=model.device)
    other.need_encoder("--features")
    return _encoder(name, other, model)


def _encoder(name: str, encoder: LatentModel, model: LatentModel) -> Features:
    if encoder.conditional:
        raise BadInput(f"{encoder.name}: its encoder needs labels; give other features")
    if (encoder.size, encoder.channels) != (model.size, model.channels):
        raise BadInput(
            f"{encoder.name}: sees {encoder.channels} x {encoder.size} px, {model.name} makes "
            f"{model.channels} x {model.size} px; give other features"
        )
    return Features(name, f"latents of {encoder.kind}", encoder.encode)
