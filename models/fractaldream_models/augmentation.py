"""Augmentation of what a discriminator sees, of real and of generated images alike.

The generator is trained through it, so that it learns the images and not the augmentation (Zhao et
al. 2020, Differentiable augmentation for data-efficient GAN training).
"""

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor

SHIFT = 8  # a photograph is shifted by at most 1 / SHIFT of its side, as in Zhao 2020

Operation = Callable[[Tensor], Tensor]


def _flip_rows(x: Tensor) -> Tensor:
    return x.flip(2)


def _flip_columns(x: Tensor) -> Tensor:
    return x.flip(3)


def _half_turn(x: Tensor) -> Tensor:
    return x.flip(2, 3)


def _transpose(x: Tensor) -> Tensor:
    return x.transpose(2, 3)


_SQUARE = (_flip_rows, _flip_columns, _transpose)  # they generate all eight symmetries
# Operations on the square under which a sampling law of the attractor is closed, by generators. In
# the law fdd, x0 and y0 have one sign, which a mirror at an axis would break.
SYMMETRIES: dict[str, tuple[Operation, ...]] = {
    "uniform": _SQUARE,
    "normal": _SQUARE,
    "fdd": (_half_turn, _transpose),
}


def draws_of(augment: str, law: str | None) -> int:
    """Return how many numbers from U(0, 1) `augmented` takes for each image."""
    if augment == "symmetries":
        return len(SYMMETRIES[law or ""])
    return {"none": 0, "photographs": 5}[augment]


def augmented(images: Tensor, augment: str, law: str | None, draws: Tensor) -> Tensor:
    """Return images augmented at random, differentiable in the images.

    Parameters
    ----------
    images
        (N, C, S, S) in [-1, 1] or [0, 1].
    augment
        none, symmetries or photographs.
    law
        The sampling law of the images, of `symmetries`.
    draws
        Draws from U(0, 1), (`draws_of`, N).
    """
    if augment == "symmetries":
        for operation, draw in zip(SYMMETRIES[law or ""], draws, strict=True):
            images = torch.where(draw[:, None, None, None] < 0.5, operation(images), images)
    elif augment == "photographs":
        images = _shifted(_recoloured(images, draws[:3]), draws[3:])
    return images


def _recoloured(images: Tensor, draws: Tensor) -> Tensor:
    """Change brightness by up to 1/2, saturation by up to 100% and contrast by up to 50%."""
    brightness, saturation, contrast = draws[:, :, None, None, None]
    images = images + brightness - 0.5
    grey = images.mean(1, keepdim=True)
    images = grey + (images - grey) * 2 * saturation
    mean = images.mean((1, 2, 3), keepdim=True)
    out: Tensor = mean + (images - mean) * (contrast + 0.5)
    return out


def _shifted(images: Tensor, draws: Tensor) -> Tensor:
    """Shift each image by whole pixels, and fill with zeros."""
    n, _, side, _ = images.shape
    most = max(1, side // SHIFT)
    y, x = ((2 * most + 1) * draws).long().clamp(max=2 * most)[:, :, None]
    padded = F.pad(images, (most, most, most, most))
    places = torch.arange(side, device=images.device)
    rows, columns = (y + places)[:, :, None], (x + places)[:, None]
    first = torch.arange(n, device=images.device)[:, None, None]
    # (N, S, S, C): indices on both sides of a slice come first
    return padded[first, :, rows, columns].permute(0, 3, 1, 2)
