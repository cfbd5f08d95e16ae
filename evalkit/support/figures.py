"""Figures of matplotlib: made without a display, written as PNG."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .pictures import check_suffix, save_picture

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def new_figure(rows: int, columns: int, size: tuple[float, float]) -> tuple["Figure", Any]:
    """Return a figure of `size` inches that needs no display, and its axes (rows, columns)."""
    from fractaldream_base.notebook_figure import NotebookFigure

    figure = NotebookFigure(figsize=size, layout="constrained")
    return figure, figure.subplots(rows, columns, squeeze=False)


def check_png(path: str | Path | None) -> None:
    """Raise BadInput where a picture has another suffix; before the work begins."""
    check_suffix(path, ".png")


def figure_png(figure: Any) -> bytes:
    """Return a figure of matplotlib as PNG."""
    from fractaldream_base.notebook_figure import png_of

    return png_of(figure)


def write_figure(figure: Any, path: str | Path) -> None:
    """Write a figure as PNG, beside and then renamed. Raises BadInput."""
    save_picture(path, figure_png(figure))
