"""Pictures: one attractor at any size, and contact sheets of data sets."""

import math
from pathlib import Path

import numpy as np
from PIL import Image

from . import dataset
from .errors import BadInput
from .files import replacing
from .palettes import PALETTES, to_rgb
from .params import check_params
from .progress import progress_bar
from .recipe import Recipe
from .rendering import count_orbit
from .tone import TONES, tone_counts

POINTS_PER_PIXEL = 60_000 / 128**2  # of the published data set


def draw(
    params: np.ndarray,
    out: str | Path,
    *,
    size: int = 1024,
    iterations: int | None = None,
    skip: int = 0,
    view: str = "tight",
    tone: str = "eq_hist",
    palette: str = "kbc",
    progress: bool = False,
) -> np.ndarray:
    """Draw one attractor to a PNG of size x size pixels; returns its levels, uint8 (size, size).

    params: (6,), in the order x0, y0, a, b, c, d. iterations: default as many per pixel as in
    the published data set. At 128 pixels and 60,000 iterations the levels are the data set's.
    """
    rows = check_params(params)
    if len(rows) != 1:
        raise BadInput(f"{len(rows)} rows of parameters: draw takes one")
    if iterations is None:
        iterations = max(1, math.ceil(POINTS_PER_PIXEL * size**2))
    Recipe(law="params", size=size, iterations=iterations, skip=skip, view=view, tone=tone)
    if palette not in PALETTES:
        raise BadInput(f"palette {palette!r}: choose {', '.join(PALETTES)}")
    out = _png(out)
    counts = np.zeros(size * size, np.uint32)
    tight = view == "tight"
    with progress_bar(progress, skip + iterations * (1 + tight), "drawing", " steps") as advance:
        count_orbit(rows[0], skip, iterations, tight, size, counts, advance)
    levels = np.zeros(size * size, np.uint8)
    tone_counts(counts, TONES[tone], levels)
    _save(Image.fromarray(to_rgb(levels.reshape(size, size), palette)), out)
    return levels.reshape(size, size)


def preview(
    path: str | Path, out: str | Path, *, rows: int = 8, columns: int = 12, palette: str = "kbc"
) -> None:
    """A contact sheet of a data set to a PNG: rows x columns images, evenly spread over it."""
    out = _png(out)
    if rows < 1 or columns < 1:
        raise BadInput(f"{rows} rows of {columns}: give at least one of each")
    with dataset.open(path) as data:
        chosen = np.linspace(0, len(data) - 1, min(rows * columns, len(data))).astype(int)
        images = data.rgb(chosen, palette)
    gap = max(2, images.shape[1] // 16)
    pitch = images.shape[1] + gap
    used = -(-len(images) // columns)
    sheet = np.full((used * pitch + gap, min(columns, len(images)) * pitch + gap, 3), 255, np.uint8)
    for k, image in enumerate(images):
        y, x = gap + k // columns * pitch, gap + k % columns * pitch
        sheet[y : y + len(image), x : x + len(image)] = image
    _save(Image.fromarray(sheet), out)


def _png(out: str | Path) -> Path:
    out = Path(out)
    if out.suffix.lower() != ".png":
        raise BadInput(f"{out}: pictures are PNG; give a name that ends in .png")
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent}: no such folder; make it first")
    return out


def _save(image: Image.Image, out: Path) -> None:
    with replacing(out) as beside:
        image.save(beside, format="PNG", optimize=image.size[0] <= 2048)
