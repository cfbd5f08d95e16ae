"""Places in latent space by name: a class, an image of the data, a file, a latent, a draw.

3          the mean latent of a class of the data (its training images, 1,000 at most)
row:17     image 17 of the data, encoded
a.png      an image file, encoded
z:0.5,-1   a latent, number by number
random     a draw from N(0, I)
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel

MOST = 1000  # images that a class mean is of
FILES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


@dataclass(frozen=True)
class Anchor:
    """A named place. z: (L,). label: the row that it is decoded with, of conditional kinds.
    image: float32 (C, S, S), where it is the code of one."""

    name: str
    z: np.ndarray
    label: int | None = None
    image: np.ndarray | None = None


def resolve(
    names: tuple[str, ...],
    model: LatentModel,
    data: Callable[[], ImageSet],
    rng: np.random.Generator,
    *,
    label: str | None = None,
) -> list[Anchor]:
    """The places that names say. Raises BadInput.

    data: opened only where a name asks for it. label: what conditional kinds decode all of them
    with; default the label of the class or image.
    """
    told = None if label is None else model.label(label)
    return [_one(name, model, data, rng, told) for name in names]


def _one(
    name: str,
    model: LatentModel,
    data: Callable[[], ImageSet],
    rng: np.random.Generator,
    label: int | None,
) -> Anchor:
    if name == "random":
        return _labelled(model, name, model.draw(1, rng)[0], label)
    if name.startswith("z:"):
        return _labelled(model, name, _numbers(name, model), label)
    if Path(name).suffix.lower() in FILES:
        image = read_image(name, model)
        if model.conditional and label is None:
            raise BadInput(f"{name}: {model.kind} needs its label; give --label")
        codes = None if label is None else np.array([label])
        return Anchor(name, model.encode(image[None], codes)[0], label, image)
    model.need_encoder(name)
    images = data()
    if name.startswith("row:"):
        row = _row(name, images)
        image = images.images(np.array([row]))[0]
        own = own_labels(model, images, np.array([row]))
        z = model.encode(image[None], own)[0]
        decoded = label if own is None or label is not None else int(own[0])
        return Anchor(name, z, decoded, image)
    rows = images.class_rows(name, images.train)[:MOST]
    own = own_labels(model, images, rows)
    z = model.encode(images.images(rows), own).mean(0, dtype=np.float64)
    decoded = label if own is None or label is not None else int(own[0])
    return Anchor(name, z, decoded)


def _labelled(model: LatentModel, name: str, z: np.ndarray, label: int | None) -> Anchor:
    if model.conditional and label is None:
        raise BadInput(
            f"{name}: {model.kind} needs a label to decode it; give --label, one of "
            f"{', '.join(model.labels)}"
        )
    return Anchor(name, z, label)


def _numbers(name: str, model: LatentModel) -> np.ndarray:
    try:
        z = np.array([float(part) for part in name[2:].split(",")])
    except ValueError:
        z = np.empty(0)
    if len(z) != model.latent or not np.isfinite(z).all():
        raise BadInput(f"{name}: give {model.latent} finite numbers, z:NUMBER,NUMBER,...")
    return z


def _row(name: str, images: ImageSet) -> int:
    text = name[4:]
    if not text.isdecimal() or int(text) >= len(images):
        raise BadInput(f"{name}: {images.name} has rows 0 to {len(images) - 1}")
    return int(text)


def own_labels(model: LatentModel, images: ImageSet, rows: np.ndarray) -> np.ndarray | None:
    """The labels that a conditional model is told of these rows. Raises BadInput."""
    if not model.conditional:
        return None
    if images.labels is None or len(images.classes) != len(model.labels):
        raise BadInput(
            f"{images.name}: {len(images.classes)} labels, {model.name} was told "
            f"{len(model.labels)}; give the data that it learnt from"
        )
    labels: np.ndarray = images.labels[rows]
    return labels


def read_image(path: str, model: LatentModel) -> np.ndarray:
    """An image file as the model sees images, float32 (C, S, S). Raises BadInput."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            picture = image.convert("L" if model.channels == 1 else "RGB")
    except FileNotFoundError as error:
        raise BadInput(f"{path}: no such file") from error
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadInput(f"{path}: not a readable image") from error
    if picture.size != (model.size, model.size):
        width, height = picture.size
        raise BadInput(
            f"{path}: {width}x{height}, {model.name} sees {model.size}x{model.size}; resize it"
        )
    array = np.asarray(picture, np.float32).reshape(model.size, model.size, -1) / 255
    return array.transpose(2, 0, 1).copy()


def shares(model: LatentModel, labels: list[int | None], weights: np.ndarray) -> np.ndarray | None:
    """What a conditional model is told along weights (N, len(labels)): float (N, classes)."""
    if not model.conditional:
        return None
    hot = np.eye(len(model.labels), dtype=np.float32)[[k for k in labels if k is not None]]
    out: np.ndarray = (weights @ hot).astype(np.float32)
    return out
