"""Sets of yellow faces, such as the Simpsons: where the yellow of their skin lies."""

from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from . import embedding
from .findings import FEWEST, Finding

YELLOW = (0.08, 0.5)  # a set is of yellow faces where its median image has this share of yellow


def yellow_mask(thumbs: np.ndarray) -> np.ndarray:
    """Return where the skin of the Simpsons may be, bool (N, S, S).

    It has a hue of 40 to 60 degrees and is saturated: their skin is close to (255, 217, 15), a hue
    of 51 degrees; scenes at night are darker.
    """
    values = thumbs.astype(np.float32)
    red, green, blue = np.moveaxis(values, 3, 0)
    span = red - np.minimum(green, blue)
    ratio = (green - blue) / np.maximum(span, 1)
    return np.asarray(
        (red >= green) & (red > 90) & (span > 0.45 * red) & (abs(ratio - 5 / 6) < 0.17)
    )


def yellow(thumbs: np.ndarray) -> np.ndarray:
    """Return the share of yellow, its centre (y, x), its extent, its share of each side: (N, 9)."""
    return embedding.in_batches(thumbs, _yellow)


def _yellow(thumbs: np.ndarray) -> np.ndarray:
    mask = yellow_mask(thumbs)
    n, side = mask.shape[:2]
    place = (np.arange(side) + 0.5) / side
    total = np.maximum(mask.sum((1, 2)), 1)
    y = (mask.sum(2) * place).sum(1) / total
    x = (mask.sum(1) * place).sum(1) / total
    extent = [
        np.sqrt(np.maximum((mask.sum(axis) * place**2).sum(1) / total - mean**2, 0))
        for axis, mean in ((2, y), (1, x))
    ]
    sides = [mask[:, :2], mask[:, -2:], mask[:, :, :2], mask[:, :, -2:]]
    touching = [part.reshape(n, -1).mean(1) for part in sides]
    return np.stack([mask.mean((1, 2)), y, x, *extent, *touching], 1)


def are_yellow_faces(shares: np.ndarray) -> bool:
    """Return whether a set is one of yellow faces, from the share of yellow in each image, (N,)."""
    low, high = YELLOW
    return len(shares) >= FEWEST and low <= float(np.median(shares)) <= high


def with_yellow(cropped: Iterable[Finding], thumbs: np.ndarray, rows: np.ndarray) -> list[Finding]:
    """Return bad crops; where the set is one of yellow faces, with where the yellow lies in each.

    thumbs: uint8 (R, S, S, 3), of the rows (R,) of the set that were judged.
    """
    cropped = list(cropped)
    if not cropped:
        return []
    shares = yellow(thumbs)
    if not are_yellow_faces(shares[:, 0]):
        return cropped
    yellow_of = dict(zip(map(int, rows), shares, strict=True))
    out = []
    for finding in cropped:
        share, y, x, *_, top, bottom, left, right = yellow_of[finding.image]
        touching = [
            side
            for side, part in zip(
                ("top", "bottom", "left", "right"), (top, bottom, left, right), strict=True
            )
            if part > 0.5
        ]
        if share < 0.02:
            words = "; hardly any skin yellow"
        elif touching:
            words = f"; skin yellow runs out at the {' and '.join(touching)}"
        else:
            words = f"; skin yellow lies at {x:.0%} across, {y:.0%} down"
        out.append(replace(finding, reason=finding.reason + words))
    return out
