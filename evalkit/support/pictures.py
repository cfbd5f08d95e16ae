"""Pictures of images in rows, with captions."""

import io
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from evalkit.errors import BadInput

from .files import write_bytes

INK, GROUND, FAINT = (20, 20, 20), (255, 255, 255), (110, 110, 110)
LEAST = 84  # pixels of a shown image with text, so that figures below it can be read
TEXT = 11


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
        A text for each image; it may have several lines.
    heads
        Texts over the columns.
    breaks
        Columns before which there is more room.

    Returns
    -------
    uint8 (H, W, 3).
    """
    side = enlarged(to_rgb(rows[0][0][None]), LEAST).shape[1]
    gap, line = 6, TEXT + 5
    columns = max(map(len, rows))
    left = [gap + c * (side + gap) + 2 * gap * sum(b <= c for b in breaks) for c in range(columns)]
    top = line + gap if heads else gap
    pitch = side + line * (1 + max((c.count("\n") for row in captions for c in row), default=0)) + 4
    canvas = Image.new("RGB", (left[-1] + side + gap, top + len(rows) * pitch), GROUND)
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(TEXT)
    for x, text in zip(left, heads or [], strict=False):
        pen.text((x, gap - 1), text, FAINT, font)
    for r, (images, texts) in enumerate(zip(rows, captions, strict=True)):
        y = top + r * pitch
        for x, image, text in zip(left, images, texts, strict=False):
            shown = enlarged(to_rgb(image[None]), LEAST)[0]
            canvas.paste(Image.fromarray(shown), (x, y))
            pen.multiline_text((x, y + side + 1), text, INK, font, spacing=2)
    return np.asarray(canvas)


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
