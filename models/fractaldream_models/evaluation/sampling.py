"""Draw samples of a model."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.seeds import check_seed
from fractaldream_base.text_result import TextResult
from fractaldream_models.model import Model, check_truncation
from fractaldream_models.pictures import check_grid, grid_figure, to_bytes, write_grid

from .inputs import as_model

if TYPE_CHECKING:
    from matplotlib.figure import Figure

BATCH = 512  # samples that are decoded at once


@dataclass(frozen=True)
class Samples(TextResult):
    """Samples of a model.

    Attributes
    ----------
    kind
        Kind of the model.
    images
        uint8 (N, C, S, S); in colour where the model makes levels.
    out
        The file that was written; None where none was asked for.
    """

    kind: str
    images: Tensor
    out: str | None

    def __str__(self) -> str:
        return f"{self.out or 'not written'}: {len(self.images)} samples of {self.kind}"

    def plot(self, columns: int = 8) -> "Figure":
        """Draw the samples row by row. Returns a figure of matplotlib."""
        return grid_figure(self.images, columns)


@torch.no_grad()
def sample(
    model: Model | str | Path,
    n: int = 64,
    *,
    seed: int = 0,
    label: int | None = None,
    truncation: float | None = None,
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
    truncation
        Largest absolute value of a latent, 0 or more, for images that are more faithful and less
        diverse (Brock et al. 2019); None for N(0, I).
    out
        PNG of a grid of the samples, or .npy of their pixels, uint8 (N, S, S, C), which is written
        batch by batch and may be larger than memory; None to write none.
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
        If the model cannot be read, takes no such label, its samples are not finite, the threshold
        is below 0, or the seed is no whole number from 0 to 2**32 - 1.
    """
    check_seed(seed)
    check_truncation(truncation)
    opened = as_model(model, device)
    labels = None if label is None else torch.full((n,), label)
    generator = torch.Generator().manual_seed(seed)
    name = opened.kind if isinstance(model, Model) else str(model)
    batches = (
        (at, _checked(images_of_batch, opened, name))
        for at, images_of_batch in opened.sample_batches(
            n, generator, labels, rows=BATCH, truncation=truncation
        )
    )
    channels, size = opened.image_shape[:2]
    shape = (n, channels if opened.colours is None else 3, size, size)
    if out is not None and Path(out).suffix.lower() == ".npy":
        return Samples(opened.kind, _write_array(batches, shape, Path(out)), str(out))
    if out is not None:
        check_grid(out, n, size, columns)
    images = torch.empty(shape, dtype=torch.uint8)
    for at, images_of_batch in batches:
        images[at] = images_of_batch
    if out is not None:
        write_grid(images, out, columns)
    return Samples(opened.kind, images, None if out is None else str(out))


def _checked(images: Tensor, model: Model, name: str) -> Tensor:
    """Return samples as they are shown, uint8. Raises BadInput where they are not finite."""
    if not images.isfinite().all():
        raise BadInput(f"{name}: its samples are not finite; train it again")
    return to_bytes(images, model.value_range, model.colours)


def _write_array(
    batches: Iterable[tuple[slice, Tensor]], shape: tuple[int, int, int, int], out: Path
) -> Tensor:
    """Write images as .npy, uint8 (N, S, S, C); return them, mapped from the file."""
    n, channels, height, width = shape
    head = {"descr": "|u1", "fortran_order": False, "shape": (n, height, width, channels)}
    with replacing(out) as beside, beside.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, head)
        for _, images in batches:
            file.write(images.permute(0, 2, 3, 1).contiguous().numpy().data)
    return torch.from_numpy(np.load(out, mmap_mode="c")).permute(0, 3, 1, 2)
