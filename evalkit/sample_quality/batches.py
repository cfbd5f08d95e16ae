"""The images that are compared, batch by batch: never all in memory as floats."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from evalkit.family.fresh_images import ImageFamily, family_of
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from fractaldream_base.errors import BadInput

MIN_IMAGES = 50
CHUNK = 2**23  # pixels in memory at once
BATCH = 512  # images in memory at once


@dataclass(frozen=True)
class Batches:
    """The real, training and generated images that are compared.

    Attributes
    ----------
    model, images
        The generator and its data set.
    n
        Number of images of each sort.
    family
        Draws the real images; None where they are held-out images.
    train_rows, held_out_rows
        Rows of the data set, int (n,).
    labels
        Labels of the generated images, int (n,); None for models without labels.
    """

    model: LatentModel
    images: ImageSet
    n: int
    family: ImageFamily | None
    train_rows: np.ndarray
    held_out_rows: np.ndarray
    labels: np.ndarray | None

    @classmethod
    def draw(
        cls, model: LatentModel, images: ImageSet, n: int, rng: np.random.Generator
    ) -> "Batches":
        """Choose at most n images of each sort. Raises BadInput."""
        if (images.size, images.channels) != (model.size, model.channels):
            raise BadInput(
                f"{images.name}: {images.channels} x {images.size} px, {model.name} makes "
                f"{model.channels} x {model.size} px; give the data that it learnt from"
            )
        family = None if model.conditional else family_of(images)
        held_out = images.held_out
        n = min(n, len(images.train), n if family is not None else len(held_out))
        if n < MIN_IMAGES:
            raise BadInput(
                f"{n} images: quality needs {MIN_IMAGES} held-out and training images or more"
            )
        train_rows = rng.choice(images.train, n, replace=False)
        held_out_rows = rng.permutation(held_out)[:n]
        return cls(model, images, n, family, train_rows, held_out_rows, model.turns(n))

    def real(self) -> Iterator[np.ndarray]:
        """Yield images that the generator never saw, float32 (B, C, S, S)."""
        if self.family is None:
            for at in self._slices():
                yield self.images.images(self.held_out_rows[at])
        else:
            for levels, _ in self.family.fresh(self.n, threads=torch.get_num_threads()):
                yield self.family.images(levels)

    def training(self) -> Iterator[np.ndarray]:
        """Yield training images, float32 (B, C, S, S)."""
        for at in self._slices():
            yield self.images.images(self.train_rows[at])

    def generated(self, rng: np.random.Generator) -> Iterator[np.ndarray]:
        """Yield generated images, float32 (B, C, S, S); labels come in turn."""
        for at in self._slices():
            labels = None if self.labels is None else self.labels[at]
            yield self.model.sample(at.stop - at.start, rng, labels)

    def _slices(self) -> list[slice]:
        step = max(1, min(BATCH, CHUNK // self.images.size**2))
        return [slice(start, min(self.n, start + step)) for start in range(0, self.n, step)]
