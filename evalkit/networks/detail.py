"""Features that describe the detail of an image, which a blur takes away.

Distances between pixels reward blur: a smooth image lies close to many others, so that precision
and coverage on pixels rise with every blur, and on the codes of an autoencoder they hardly fall.
Here an image is described by how much it varies at each scale and place, without learnt weights.
"""

from collections.abc import Iterator

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from evalkit.inputs.images import ImageSet

from .features import Features

NAME = "detail"
CELLS = 4  # parts of a side in which detail is averaged
LEAST_SIDE = 8  # pixels of the smallest level of the pyramid
FLOOR = 0.01  # of a mean absolute detail, added before the logarithm
SCALED_BY = 2000  # training images, at most, that give the units
LEAST_SCALE = 0.01  # of a number that hardly varies, such as those of a white margin
BATCH = 256  # images that are described at once
BINOMIAL = (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16)


def detail_features(images: ImageSet) -> Features:
    """Return the features `detail`, in units of the standard deviations of training images.

    Each level of a Laplacian pyramid (Burt and Adelson 1983) of the grey image gives the logarithm
    of its mean absolute value in 4 x 4 cells, which is a first-order scattering coefficient (Bruna
    and Mallat 2013) of isotropic wavelets. The mean colours of the cells complete them. At 32 px
    these are 3 levels: 48 numbers for the detail and 16 for each channel.

    Parameters
    ----------
    images
        The data set, of which 2,000 training images give the mean and the standard deviation of
        each number: the first ones of a data set file, whose rows are in no order, and evenly
        spaced ones of others. A standard deviation below 0.01 (1% of a detail, two or three levels
        of a colour) counts as 0.01, or what never varies would outweigh all else.

    References
    ----------
    Burt, P. and Adelson, E. (1983). The Laplacian pyramid as a compact image code. *IEEE
    Transactions on Communications*.
    Bruna, J. and Mallat, S. (2013). Invariant scattering convolution networks. *IEEE TPAMI*.
    """
    rows = _reference_rows(images)
    parts = np.array_split(rows, max(1, -(-len(rows) // BATCH)))
    reference = np.concatenate([detail_numbers(images.images(part)) for part in parts])
    mean, scale = reference.mean(0), np.maximum(reference.std(0), LEAST_SCALE)

    def of(pictures: np.ndarray) -> np.ndarray:
        numbers: np.ndarray = (detail_numbers(pictures) - mean) / scale
        return numbers

    levels = len(list(_sides(images.size)))
    description = f"detail at {levels} scales and mean colour in {CELLS} x {CELLS} cells"
    return Features(NAME, description, of)


def _reference_rows(images: ImageSet) -> np.ndarray:
    """Return the training rows that give the units; folders are sorted by class or by name."""
    rows = images.train
    if not images.param_names and len(rows) > SCALED_BY:
        rows = rows[np.linspace(0, len(rows) - 1, SCALED_BY).round().astype(int)]
    return rows[:SCALED_BY]


def detail_numbers(images: np.ndarray) -> np.ndarray:
    """Return the detail and the mean colours of images.

    Parameters
    ----------
    images
        float32 (N, C, S, S) in [0, 1].

    Returns
    -------
    ndarray
        float32 (N, 16 (scales + C)).
    """
    x = torch.from_numpy(np.ascontiguousarray(images, np.float32))
    parts = [_numbers(part) for part in x.split(BATCH)]
    return torch.cat(parts).numpy()


@torch.inference_mode()
def _numbers(x: Tensor) -> Tensor:
    """Return the numbers of a batch (N, C, S, S)."""
    numbers = []
    level = x.mean(1, keepdim=True)
    for _ in _sides(x.shape[-1]):
        smooth = _smoothed(level)
        energy = F.adaptive_avg_pool2d((level - smooth).abs(), CELLS)
        numbers.append((energy + FLOOR).log().flatten(1))
        level = smooth[..., ::2, ::2]
    numbers.append(F.adaptive_avg_pool2d(x, CELLS).flatten(1))
    return torch.cat(numbers, 1)


def _sides(size: int) -> Iterator[int]:
    """Yield the sides of the levels of the pyramid, in pixels; there is at least one."""
    yield size
    size = -(-size // 2)
    while size >= LEAST_SIDE:
        yield size
        size = -(-size // 2)


def _smoothed(x: Tensor) -> Tensor:
    """Return images (N, 1, S, S) after the binomial filter of five taps along both axes."""
    taps = torch.tensor(BINOMIAL, device=x.device)
    x = F.pad(x, (2, 2, 2, 2), mode="replicate")
    return F.conv2d(F.conv2d(x, taps.view(1, 1, 1, 5)), taps.view(1, 1, 5, 1))
