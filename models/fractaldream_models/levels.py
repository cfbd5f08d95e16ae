"""Levels and their colours: images of one channel that a palette colours, and the way back."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor


def stored_colours(facts: Mapping[str, Any] | None) -> Tensor | None:
    """Return the colour of each level, uint8 (256, 3), of data or a model; None without levels."""
    table = (facts or {}).get("colours")
    return None if table is None else torch.tensor(table, dtype=torch.uint8)


def coloured(levels: Tensor, colours: Tensor) -> Tensor:
    """Return images of levels in colour.

    Parameters
    ----------
    levels
        float (N, 1, S, S) in [0, 1]; rounded to one of the 256 levels.
    colours
        uint8 (256, 3), the colour of each level.

    Returns
    -------
    Tensor
        float32 (N, 3, S, S) in [0, 1].

    Examples
    --------
    >>> import torch
    >>> colours = torch.arange(768).reshape(256, 3).clamp(max=255).byte()
    >>> (255 * coloured(torch.tensor([[[[1 / 255]]]]), colours)).flatten().tolist()
    [3.0, 4.0, 5.0]
    """
    rows = (levels[:, 0].float() * 255).round().clamp(0, 255).long()
    return colours.to(levels.device)[rows].permute(0, 3, 1, 2).float() / 255


def levels_of(images: Tensor, colours: Tensor) -> Tensor:
    """Return the levels whose colours are the nearest to those of images; inverts `coloured`.

    The colours of the renderer's palettes all differ, but for two of `viridis`.

    Parameters
    ----------
    images
        float (N, 3, S, S) in [0, 1].
    colours
        As for `coloured`.

    Returns
    -------
    Tensor
        float32 (N, 1, S, S) in [0, 1].
    """
    n, _, height, width = images.shape
    pixels = (images.float() * 255).round().clamp(0, 255).long().permute(0, 2, 3, 1).reshape(-1, 3)
    codes = pixels[:, 0] * 65536 + pixels[:, 1] * 256 + pixels[:, 2]
    # images from a palette have few distinct colours: each is compared once
    distinct, places = torch.unique(codes, return_inverse=True)
    rgb = torch.stack([distinct // 65536, distinct // 256 % 256, distinct % 256], 1).float()
    table = colours.to(images.device).float()
    nearest = [torch.cdist(part, table).argmin(1) for part in rgb.split(65536)]
    levels = torch.cat(nearest)[places].reshape(n, 1, height, width)
    return levels.float() / 255
