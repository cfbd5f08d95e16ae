"""Draw samples of a model."""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.seeds import check_seed
from fractaldream_models.model import Model
from fractaldream_models.pictures import to_bytes, write_grid

from .inputs import as_model

BATCH = 512  # samples that are decoded at once


@dataclass(frozen=True)
class Samples:
    """Samples of a model.

    Attributes
    ----------
    kind
        Kind of the model.
    images
        uint8 (N, C, S, S); in colour where the model makes levels.
    out
        The PNG that was written; None where none was asked for.
    """

    kind: str
    images: Tensor
    out: str | None

    def __str__(self) -> str:
        return f"{self.out or 'not written'}: {len(self.images)} samples of {self.kind}"


@torch.no_grad()
def sample(
    model: Model | str | Path,
    n: int = 64,
    *,
    seed: int = 0,
    label: int | None = None,
    out: str | Path | None = None,
    columns: int = 8,
    device: str = "cpu",
) -> Samples:
    """Draw samples of a model, the same ones for the same seed.

    Parameters
    ----------
    model
        A checkpoint, or a model that `load` returned.
    n
        Number of samples.
    seed
        Random seed.
    label
        Label of all samples of a conditional kind; None for all labels in turn.
    out
        PNG of a grid of the samples; None to write none.
    columns
        Columns of the grid.
    device
        Where a checkpoint computes: cpu, cuda or mps. The latents are the same on all of them.

    Returns
    -------
    Samples
        The images.

    Raises
    ------
    BadInput
        If the model cannot be read, takes no such label, its samples are not finite, or the seed is
        no whole number from 0 to 2**32 - 1.
    """
    check_seed(seed)
    opened = as_model(model, device)
    labels = None if label is None else torch.full((n,), label)
    generator = torch.Generator().manual_seed(seed)
    channels, size = opened.image_shape[:2]
    colours = opened.colours
    shape = (n, channels if colours is None else 3, size, size)
    images = torch.empty(shape, dtype=torch.uint8)
    for at, drawn in opened.sample_batches(n, generator, labels, rows=BATCH):
        if not drawn.isfinite().all():
            name = opened.kind if isinstance(model, Model) else model
            raise BadInput(f"{name}: its samples are not finite; train it again")
        images[at] = to_bytes(drawn, opened.value_range, colours)
    if out is not None:
        write_grid(images, out, columns)
    return Samples(opened.kind, images, None if out is None else str(out))
