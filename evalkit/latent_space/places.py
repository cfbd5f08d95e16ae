"""Places in latent space by name: a class, an image of the data, a file, a latent, a draw.

3          the mean latent of a class of the data (its training images, 1,000 at most)
row:17     image 17 of the data, encoded
a.png      an image file, encoded
z:0.5,-1   a latent, number by number
random     a draw from the prior, N(0, I) for most kinds
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np

from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.networks.classifier import Classifier, ClassifierSource, as_classifier
from fractaldream_base.errors import BadInput
from fractaldream_models.data.image_file import UnreadableImage, is_image_name, read_image

CLASS_IMAGES = 1000  # at most, in the mean latent of a class

Images = ImageSource | Callable[[], ImageSet]


@dataclass(frozen=True)
class Place:
    """A named latent.

    z is the latent (L,). label is the class that a conditional model decodes it with, as a row of
    the model's labels. image is float32 (C, S, S) where the latent is the code of an image.
    """

    name: str
    z: np.ndarray
    label: int | None = None
    image: np.ndarray | None = None


class Space(NamedTuple):
    """A latent space: a model, a function that opens its images, and what names images."""

    model: LatentModel
    data: Callable[[], ImageSet]
    classifier: Classifier | None

    def places(
        self, names: Sequence[str | Place], *, seed: list[int], label: str | None = None
    ) -> list[Place]:
        """Return the places that names say, see `resolve`; seed draws those that are random."""
        rng = np.random.default_rng(seed)
        return resolve(names, self.model, self.data, rng, label=label)


def open_space(
    model: ModelSource, data: Images, classifier: ClassifierSource | None, device: str
) -> Space:
    """Open the model and the classifier, and have the images opened when needed.

    Raises BadInput.
    """
    opened = as_model(model, device=device)
    return Space(opened, when_needed(data, opened), as_classifier(classifier, device))


def prior_name(model: LatentModel) -> str:
    """Return what the latents of a model's samples are drawn from, in words."""
    return "N(0, I)" if model.normal_prior else f"the prior of {model.kind}"


def when_needed(data: Images, model: LatentModel) -> Callable[[], ImageSet]:
    """Return a function that opens the images on its first call only.

    Places such as z:0.5,-1 and random need no images, so that a model whose data are not at hand
    can still be looked at.
    """
    return data if callable(data) else cache(lambda: as_images(data, model))


def resolve(
    names: Sequence[str | Place],
    model: LatentModel,
    data: Callable[[], ImageSet],
    rng: np.random.Generator,
    *,
    label: str | None = None,
) -> list[Place]:
    """Return the places that names say.

    Parameters
    ----------
    names
        Places as the module's docstring writes them; a `Place` stands for itself.
    model
        The model that encodes images.
    data
        Returns the images; called only where a name asks for one.
    rng
        Draws the latents of `random`.
    label
        Class that a conditional model decodes all of them with. Default: the class of the image,
        or the class that is named.

    Raises
    ------
    BadInput
        If a name says no place, or the model cannot encode what it says.
    """
    row = None if label is None else model.label(label)
    return [
        name if isinstance(name, Place) else _resolve(name, model, data, rng, row) for name in names
    ]


def _resolve(
    name: str,
    model: LatentModel,
    data: Callable[[], ImageSet],
    rng: np.random.Generator,
    label: int | None,
) -> Place:
    if name == "random":
        return _labelled(model, name, model.draw(1, rng)[0], label)
    if name.startswith("z:"):
        return _labelled(model, name, _numbers(name, model), label)
    if is_image_name(name):
        image = read_for_model(name, model)
        if model.conditional and label is None:
            raise BadInput(f"{name}: {model.kind} needs its label; give --label")
        labels = None if label is None else np.array([label])
        return Place(name, model.encode(image[None], labels)[0], label, image)
    model.need_encoder(name)
    images = data()
    if name.startswith("row:"):
        row = _row(name, images)
        image = images.images(np.array([row]))[0]
        labels = labels_of(model, images, np.array([row]))
        z = model.encode(image[None], labels)[0]
        return Place(name, z, _decoding_label(labels, label), image)
    rows = images.class_rows(name, images.train)[:CLASS_IMAGES]
    labels = labels_of(model, images, rows)
    z = model.encode(images.images(rows), labels).mean(0, dtype=np.float64)
    return Place(name, z, _decoding_label(labels, label))


def _decoding_label(labels: np.ndarray | None, label: int | None) -> int | None:
    return label if labels is None or label is not None else int(labels[0])


def _labelled(model: LatentModel, name: str, z: np.ndarray, label: int | None) -> Place:
    if model.conditional and label is None:
        raise BadInput(
            f"{name}: {model.kind} needs a label to decode it; give --label, one of "
            f"{', '.join(model.labels)}"
        )
    return Place(name, z, label)


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


def labels_of(model: LatentModel, images: ImageSet, rows: np.ndarray) -> np.ndarray | None:
    """Return the labels that a conditional model encodes these rows with, int (len(rows),).

    None for other models. Raises BadInput where the classes of the data are not the model's.
    """
    if not model.conditional:
        return None
    if images.labels is None or len(images.classes) != len(model.labels):
        raise BadInput(
            f"{images.name}: {len(images.classes)} labels, {model.name} was told "
            f"{len(model.labels)}; give the data that it learnt from"
        )
    labels: np.ndarray = images.labels[rows]
    return labels


def read_for_model(path: str, model: LatentModel) -> np.ndarray:
    """Read an image file as the model sees images, float32 (C, S, S). Raises BadInput."""
    try:
        picture = read_image(path).convert("L" if model.channels == 1 else "RGB")
    except UnreadableImage as error:
        raise BadInput(str(error)) from error
    if picture.size != (model.size, model.size):
        width, height = picture.size
        raise BadInput(
            f"{path}: {width}x{height}, {model.name} sees {model.size}x{model.size}; resize it"
        )
    array = np.asarray(picture, np.float32).reshape(model.size, model.size, -1) / 255
    return array.transpose(2, 0, 1).copy()


def label_shares(
    model: LatentModel, labels: Sequence[int | None], weights: np.ndarray
) -> np.ndarray | None:
    """Return the mixture of labels that a conditional model decodes with between places.

    Parameters
    ----------
    model
        The model; where it is not conditional, None is returned.
    labels
        The label of each of K places.
    weights
        How much each place counts for each of N latents, float (N, K).

    Returns
    -------
    float32 (N, classes), or None.
    """
    if not model.conditional:
        return None
    hot = np.eye(len(model.labels), dtype=np.float32)[[k for k in labels if k is not None]]
    mixture: np.ndarray = (weights @ hot).astype(np.float32)
    return mixture
