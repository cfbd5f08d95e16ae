"""Grids of images and curves of losses as PNG."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from .levels import coloured

if TYPE_CHECKING:
    import numpy as np
    from matplotlib.figure import Figure
    from numpy.typing import NDArray


MARGIN = 2  # white pixels between images
PAIR_COLUMNS = 16  # columns of pictures of pairs
PIXELS = 2**30 // 12  # of a picture, as Pillow opens without a warning of a decompression bomb


def to_bytes(
    images: Tensor, value_range: tuple[float, float], colours: Tensor | None = None
) -> Tensor:
    """Return images as they are shown, uint8 on the CPU.

    Parameters
    ----------
    images
        float (N, C, S, S) in value_range.
    value_range
        Its lowest and highest value.
    colours
        uint8 (256, 3), the colours of images that are levels; (N, 3, S, S) is returned.
    """
    low, high = value_range
    images = (images.float() - low) / (high - low)
    if colours is not None:
        images = coloured(images, colours)
    return (images * 255).round().clamp(0, 255).byte().cpu()


def write_grid(images: Tensor, path: str | Path, columns: int = 8) -> None:
    """Write images row by row into one PNG, with two white pixels between them.

    Parameters
    ----------
    images
        uint8 (N, C, S, S).
    path
        The PNG, in a folder that exists.
    columns
        Images in a row.

    Raises
    ------
    BadInput
        If the name does not end in .png, there is no such folder, the picture has too many pixels,
        or the disk is full.
    """
    from PIL import Image

    path = Path(path)
    check_grid(path, len(images), images.shape[2], columns)
    array = _sheet(images, columns)
    picture = Image.fromarray(array[:, :, 0] if array.shape[2] == 1 else array)
    with replacing(path) as beside:
        picture.save(beside, format="PNG")


def grid_figure(images: Tensor, columns: int = 8) -> "Figure":
    """Draw images row by row, as `write_grid` writes them, for a notebook."""
    from fractaldream_base.notebook_figure import NotebookFigure

    array = _sheet(images, columns)
    width = 9.0
    figure = NotebookFigure(figsize=(width, width * array.shape[0] / array.shape[1]))
    axes = figure.add_axes((0, 0, 1, 1))
    axes.imshow(array.repeat(3, 2) if array.shape[2] == 1 else array, interpolation="nearest")
    axes.set_axis_off()
    return figure


def _sheet(images: Tensor, columns: int) -> "NDArray[np.uint8]":
    """Return images row by row in one picture, uint8 (H, W, C), with white between them."""
    n, channels, side = images.shape[:3]
    columns = min(columns, n)
    rows = -(-n // columns)
    pitch = side + MARGIN
    sheet = torch.full(
        (channels, rows * pitch + MARGIN, columns * pitch + MARGIN), 255, dtype=torch.uint8
    )
    for i, image in enumerate(images):
        y, x = MARGIN + i // columns * pitch, MARGIN + i % columns * pitch
        sheet[:, y : y + side, x : x + side] = image
    array: NDArray[np.uint8] = sheet.permute(1, 2, 0).numpy()
    return array


def write_pairs(upper: Tensor, lower: Tensor, path: str | Path) -> None:
    """Write rows of at most 16 images, each over the row of their counterparts, into one PNG.

    Parameters
    ----------
    upper, lower
        uint8 (N, C, S, S) each.
    path
        The PNG, as `write_grid` takes it.
    """
    write_grid(_in_pairs(upper, lower), path, min(PAIR_COLUMNS, len(upper)))


def pairs_figure(upper: Tensor, lower: Tensor) -> "Figure":
    """Draw images over their counterparts, as `write_pairs` writes them, for a notebook."""
    return grid_figure(_in_pairs(upper, lower), min(PAIR_COLUMNS, len(upper)))


def _in_pairs(upper: Tensor, lower: Tensor) -> Tensor:
    """Return rows of at most 16 images, each before the row of their counterparts."""
    rows = [
        row
        for i in range(0, len(upper), PAIR_COLUMNS)
        for row in (upper[i : i + PAIR_COLUMNS], lower[i : i + PAIR_COLUMNS])
    ]
    short = PAIR_COLUMNS - len(rows[-1])
    if len(upper) > PAIR_COLUMNS and short:  # keep the last pair of rows aligned
        blank = torch.full((short, *upper.shape[1:]), 255, dtype=torch.uint8)
        rows[-2:] = [torch.cat([row, blank]) for row in rows[-2:]]
    return torch.cat(rows)


def check_grid(path: str | Path, n: int, side: int, columns: int) -> None:
    """Check that `write_grid` can write n images of this side, before they are computed.

    Raises
    ------
    BadInput
        If the name does not end in .png, there is no such folder, or the picture has more pixels
        than Pillow opens without a warning.
    """
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise BadInput(f"{path}: pictures are PNG; give a name that ends in .png")
    if not path.parent.is_dir():
        raise BadInput(f"{path.parent}: no such folder; make it first")
    width, height = (min(columns, n) * (side + MARGIN), -(-n // columns) * (side + MARGIN))
    if width * height > PIXELS:
        raise BadInput(
            f"{path}: {n:,} images of {side} px are a picture of {width:,} x {height:,} pixels, "
            f"too large to be shown; give at most {PIXELS // (side + MARGIN) ** 2:,} images"
        )


CURVES = {  # names in a legend, where the name in metrics.jsonl does not say it
    "kl": "KL divergence",
    "latent": "latent loss",
    "d_real_mean": "D(x), real images",
    "d_fake_mean": "D(G(z)), generated images",
    "validation_loss": "loss of held-out images",
    "validation_mse": "squared error of held-out images",
    "diversity_ratio": "diversity, relative to the data",
}


def write_curves(rows: list[dict[str, Any]], path: Path, *, figure: str, chosen: int) -> None:
    """Write the drawing of the curves as PNG, beside and then renamed; see `curves_figure`."""
    drawing = curves_figure(rows, figure=figure, chosen=chosen)
    with replacing(path) as beside:
        drawing.savefig(beside, format="png", dpi=100)


def curves_figure(rows: list[dict[str, Any]], *, figure: str, chosen: int) -> "Figure":
    """Draw losses, the outputs of D and held-out figures by epoch, as far as a run has them.

    Parameters
    ----------
    rows
        The rows of metrics.jsonl, one or more.
    figure
        Name of the held-out figure that chooses the epoch; it has a panel of its own.
    chosen
        The chosen epoch, which is marked.

    Returns
    -------
    matplotlib.figure.Figure
        A figure that needs no display and that notebooks show.
    """
    from matplotlib.ticker import MaxNLocator

    from fractaldream_base.notebook_figure import NotebookFigure

    panels = {
        "training losses": (
            "autoencoder", "reconstruction", "latent", "kl", "paired", "matched", "discriminator",
            "generator", "flow_matching",
        ),
        "outputs of the discriminator": ("d_real_mean", "d_fake_mean"),
        "measure of convergence (lower is better)": ("convergence", "critic_estimate"),
        "held out, chooses the epoch (lower is better)": (figure,),
        "samples against held-out images (lower is better)": ("kernel_distance",),
        "diversity of samples (1 is that of the data)": ("diversity_ratio",),
    }  # fmt: skip
    panel_names = {
        title: [name for name in names if name in rows[0] and (name != figure or len(names) == 1)]
        for title, names in panels.items()
    }
    panel_names = {title: names for title, names in panel_names.items() if names}
    drawing = NotebookFigure(figsize=(4 * len(panel_names), 3.6), layout="constrained")
    epochs = [row["epoch"] for row in rows]
    panel_axes = drawing.subplots(1, len(panel_names), squeeze=False)[0]
    for axes, (title, names) in zip(panel_axes, panel_names.items(), strict=True):
        for name in names:
            label = CURVES.get(name, name.replace("_", " "))
            axes.plot(epochs, [row.get(name) for row in rows], label=label, marker=".")
        if names == [figure]:
            value = next(row[figure] for row in rows if row["epoch"] == chosen)
            axes.plot([chosen], [value], "o", mfc="none", ms=10, color="k", label="ckpt.pt")
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("epoch")
        axes.legend(frameon=False, fontsize=8)
    return drawing
