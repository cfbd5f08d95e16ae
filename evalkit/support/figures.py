"""Figures of matplotlib: made without a display, written as PNG."""

import io
from pathlib import Path
from typing import Any

from .pictures import check_suffix, save_picture


def new_figure(rows: int, columns: int, size: tuple[float, float]) -> tuple[Any, Any]:
    """Return a figure of `size` inches that needs no display, and its axes (rows, columns)."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots(rows, columns, squeeze=False)


def check_png(path: str | Path | None) -> None:
    """Raise BadInput where a picture has another suffix; before the work begins."""
    check_suffix(path, ".png")


def figure_png(figure: Any) -> bytes:
    """Return a figure of matplotlib as PNG."""
    _show_literally(figure)
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=110)
    return content.getvalue()


def _show_literally(figure: Any) -> None:
    """Make a figure show names as they are, with dollars, and bytes that are no text as \\xNN.

    Matplotlib would read a class that is called $a$ as mathematics, and refuse the others.
    """
    from matplotlib.text import Text

    for text in figure.findobj(Text):
        name = text.get_text()
        if name and "$\\mathdefault" not in name:  # how matplotlib itself writes 10 to a power
            text.set_parse_math(False)
            text.set_text(
                name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            )


def write_figure(figure: Any, path: str | Path) -> None:
    """Write a figure as PNG, beside and then renamed. Raises BadInput."""
    save_picture(path, figure_png(figure))
