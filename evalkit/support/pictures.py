"""Pictures of images in rows, with captions."""

import io
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes

from .captions import plain, plain_lines

INK, GROUND, EDGE = (20, 20, 20), (255, 255, 255), (190, 190, 190)
LEAST = 84  # pixels of a shown image with text, so that figures below it can be read
TEXT = 12


def to_rgb(images: np.ndarray) -> np.ndarray:
    """Return float images (N, C, S, S) in [0, 1] as uint8 (N, S, S, 3).

    Examples
    --------
    >>> import numpy as np
    >>> to_rgb(np.zeros((2, 1, 8, 8), np.float32)).shape
    (2, 8, 8, 3)
    """
    if images.shape[1] == 1:
        images = np.repeat(images, 3, 1)
    out: np.ndarray = np.round(np.clip(images, 0, 1) * 255).astype(np.uint8).transpose(0, 2, 3, 1)
    return out


def enlarged(images: np.ndarray, least: int) -> np.ndarray:
    """Repeat the pixels of uint8 images (N, S, S, 3) until they are at least `least` px wide."""
    times = max(1, -(-least // images.shape[1]))
    return images.repeat(times, 1).repeat(times, 2)


def tiles(images: np.ndarray, columns: int, *, gap: int = 2) -> np.ndarray:
    """Lay uint8 images (N, S, S, 3) out row by row, white between: uint8 (H, W, 3).

    Examples
    --------
    >>> import numpy as np
    >>> tiles(np.zeros((4, 8, 8, 3), np.uint8), 2).shape
    (22, 22, 3)
    """
    n, side = images.shape[:2]
    rows, pitch = -(-n // columns), side + gap
    out = np.full((rows * pitch + gap, columns * pitch + gap, 3), 255, np.uint8)
    for i, image in enumerate(images):
        y, x = gap + i // columns * pitch, gap + i % columns * pitch
        out[y : y + side, x : x + side] = image
    return out


def sheet(
    rows: list[list[np.ndarray]],
    captions: list[list[str]],
    *,
    heads: list[str] | None = None,
    breaks: tuple[int, ...] = (1,),
) -> np.ndarray:
    """Lay out rows of images with a caption under each.

    Parameters
    ----------
    rows
        Float images (C, S, S) in [0, 1], row by row.
    captions
        A text for each image; it may have several lines. Columns are as wide as the longest.
    heads
        Texts over the columns.
    breaks
        Columns before which there is more room.

    Returns
    -------
    uint8 (H, W, 3).
    """
    font = ImageFont.load_default(TEXT)
    captions = [[plain_lines(text) for text in row] for row in captions]
    heads = [plain(text) for text in heads or []]
    side = enlarged(to_rgb(rows[0][0][None]), LEAST).shape[1]
    gap, line = 8, TEXT + 6
    widths = _widths(captions, heads, side, font)
    offsets = np.cumsum([gap, *(width + gap for width in widths)])
    offsets = offsets + [2 * gap * sum(b <= c for b in breaks) for c in range(len(offsets))]
    top = line + gap if heads else gap
    deepest = [1 + max((text.count("\n") for text in row), default=0) for row in captions]
    pitches = [side + line * lines + 6 for lines in deepest]
    canvas = Image.new("RGB", (int(offsets[-1]), top + sum(pitches)), GROUND)
    pen = ImageDraw.Draw(canvas)
    for x, text in zip(offsets, heads, strict=False):
        pen.text((x, gap - 2), text, INK, font)
    y = top
    for images, texts, pitch in zip(rows, captions, pitches, strict=True):
        for x, image, text in zip(offsets.tolist(), images, texts, strict=False):
            tile = enlarged(to_rgb(image[None]), LEAST)[0]
            canvas.paste(Image.fromarray(tile), (x, y))
            # white images have an edge, too
            pen.rectangle((x - 1, y - 1, x + side, y + side), outline=EDGE)
            pen.multiline_text((x, y + side + 2), text, INK, font, spacing=2)
        y += pitch
    return np.asarray(canvas)


def _widths(captions: list[list[str]], heads: list[str], side: int, font: Any) -> list[int]:
    """Return how wide each column is, so that its images, captions and head all have room."""
    columns = max(map(len, captions))
    widths = []
    for c in range(columns):
        texts = [line for row in captions if c < len(row) for line in row[c].split("\n")]
        texts += heads[c : c + 1]
        widths.append(max(side, *(int(np.ceil(font.getlength(text))) for text in texts)))
    return widths


def save_picture(path: str | Path, picture: np.ndarray | bytes) -> None:
    """Write a picture, uint8 (H, W, 3) or the bytes of a PNG, as PNG. Raises BadInput."""
    check_suffix(path, ".png")
    write_bytes(path, picture if isinstance(picture, bytes) else png_bytes(picture))


def png_bytes(picture: np.ndarray) -> bytes:
    """Return a picture, uint8 (H, W, 3), as PNG."""
    content = io.BytesIO()
    Image.fromarray(picture).save(content, "PNG", optimize=True)
    return content.getvalue()


def check_suffix(path: str | Path | None, *suffixes: str) -> None:
    """Raise BadInput where a picture has another suffix than these."""
    if path is not None and Path(path).suffix.lower() not in suffixes:
        raise BadInput(f"{path}: give a name that ends in {' or '.join(suffixes)}")
