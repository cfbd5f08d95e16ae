"""Grids of images and curves of losses as PNG."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .errors import BadInput
from .files import replacing


def to_bytes(images: Tensor, value_range: tuple[float, float]) -> Tensor:
    """Return float images (N, C, S, S) in value_range as uint8 on the CPU."""
    low, high = value_range
    return ((images.float() - low) / (high - low) * 255).round().clamp(0, 255).byte().cpu()


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
        If the name does not end in .png, there is no such folder, or the disk is full.
    """
    from PIL import Image

    n, channels, side = images.shape[:3]
    columns = min(columns, n)
    rows = -(-n // columns)
    pitch = side + 2
    sheet = torch.full((channels, rows * pitch + 2, columns * pitch + 2), 255, dtype=torch.uint8)
    for i, image in enumerate(images):
        y, x = 2 + i // columns * pitch, 2 + i % columns * pitch
        sheet[:, y : y + side, x : x + side] = image
    array = sheet.permute(1, 2, 0).numpy()
    picture = Image.fromarray(array[:, :, 0] if channels == 1 else array)
    path = Path(path)
    if path.suffix.lower() != ".png":
        raise BadInput(f"{path}: pictures are PNG; give a name that ends in .png")
    if not path.parent.is_dir():
        raise BadInput(f"{path.parent}: no such folder; make it first")
    with replacing(path) as beside:
        picture.save(beside, format="PNG")


def write_curves(rows: list[dict[str, Any]], path: Path) -> None:
    """Write the figure of the curves as PNG, beside and then renamed."""
    figure = curves_figure(rows)
    with replacing(path) as beside:
        figure.savefig(beside, format="png", dpi=100)


def curves_figure(rows: list[dict[str, Any]]) -> Any:
    """Draw losses, D's outputs and held-out figures by epoch, from rows of metrics.jsonl.

    Returns
    -------
    matplotlib.figure.Figure
        A figure that needs no display and that notebooks show.
    """
    from .notebook_figure import NotebookFigure

    panels = {
        "losses": ["autoencoder", "reconstruction", "latent", "kl", "discriminator", "generator"],
        "D": ["d_real_mean", "d_fake_mean"],
        "held out": ["validation_mse", "kernel_distance", "diversity_ratio"],
    }
    figure = NotebookFigure(figsize=(12, 3.6), layout="constrained")
    epochs = [row["epoch"] for row in rows]
    for axes, (title, names) in zip(figure.subplots(1, 3), panels.items(), strict=True):
        for name in names:
            if name in rows[0]:
                axes.plot(epochs, [row.get(name) for row in rows], label=name, marker=".")
        axes.set(title=title, xlabel="epoch")
        if axes.lines:
            axes.legend(frameon=False, fontsize=8)
    return figure
