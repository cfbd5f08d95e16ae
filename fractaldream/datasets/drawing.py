"""Pictures: one attractor at any size, and contact sheets of data sets."""

import dataclasses
import math
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from ..options import DrawOptions
from ..parameters.params import check_params
from ..progress import progress_bar
from ..recipe import Recipe
from ..rendering.images import count_orbit
from ..rendering.tone import TONES, tone_images
from . import dataset
from .palettes import PALETTES, to_rgb

if TYPE_CHECKING:
    from matplotlib.figure import Figure

POINTS_PER_PIXEL = 60_000 / 128**2  # of the published data set


def draw(
    params: npt.ArrayLike,
    out: str | Path,
    *,
    size: int = 1024,
    palette: str = "kbc",
    options: DrawOptions = DrawOptions(),
    progress: bool = False,
) -> np.ndarray:
    """Draw one attractor to a PNG.

    At 128 pixels and 60,000 iterations the levels are those of the published data set.

    Parameters
    ----------
    params : array_like of float (6,)
        The parameters x0, y0, a, b, c, d.
    out : str or Path
        The PNG file, which is replaced where it exists.
    size : int
        Width and height in pixels.
    palette : str
        `kbc`, `inferno` or `viridis`.
    options : DrawOptions
        Iterations, view and tone.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    ndarray of uint8 (size, size)
        The levels.

    Raises
    ------
    BadInput
        If something given cannot be used.
    """
    rows = check_params(params)
    if len(rows) != 1:
        raise BadInput(f"{len(rows)} rows of parameters: draw takes one")
    iterations, skip, tight = options.iterations, options.skip, options.view == "tight"
    if iterations is None:
        iterations = max(1, math.ceil(POINTS_PER_PIXEL * size**2))
    checked = dataclasses.replace(options, iterations=iterations)
    Recipe(law="params", size=size, **dataclasses.asdict(checked))
    if palette not in PALETTES:
        raise BadInput(f"palette {palette!r}: choose {', '.join(PALETTES)}")
    out = _png(out)
    counts = np.zeros((1, size * size), np.uint32)
    with progress_bar(progress, skip + iterations * (1 + tight), "drawing", " steps") as advance:
        count_orbit(rows[0], skip, iterations, tight, size, counts[0], advance)
    levels = np.zeros((1, size * size), np.uint8)
    tone_images(counts, np.arange(1), TONES[options.tone], levels)
    _save(Image.fromarray(to_rgb(levels.reshape(size, size), palette)), out)
    return levels.reshape(size, size)


def preview(
    path: str | Path, out: str | Path, *, rows: int = 8, columns: int = 12, palette: str = "kbc"
) -> None:
    """Write a contact sheet to a PNG: rows x columns images, evenly spread over a data set.

    Parameters
    ----------
    path : str or Path
        The data set file.
    out : str or Path
        The PNG file, which is replaced where it exists.
    rows, columns : int
        Number of rows of images, and of images in a row, each at least 1.
    palette : str
        `kbc`, `inferno` or `viridis`.

    Raises
    ------
    BadInput
        If something given cannot be used.
    """
    out = _png(out)
    _save(Image.fromarray(contact_sheet(path, rows, columns, palette)), out)


def contact_sheet(path: str | Path, rows: int, columns: int, palette: str) -> np.ndarray:
    """Return rows x columns images, evenly spread over a data set, as uint8 (H, W, 3)."""
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
    return sheet


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


def picture_figure(picture: np.ndarray) -> "Figure":
    """Return a figure of one picture, uint8 (H, W, 3), pixel by pixel."""
    from fractaldream_base.notebook_figure import DPI, NotebookFigure

    height, width = picture.shape[:2]
    figure = NotebookFigure(figsize=(width / DPI, height / DPI))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(picture, aspect="auto", interpolation="nearest")
    axes.axis("off")
    return figure
