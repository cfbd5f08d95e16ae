"""Figures of matplotlib that notebooks show, made without pyplot and without a display."""

import io
import warnings
from typing import Any

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

DPI = 110


class NotebookFigure(Figure):
    """A figure that a notebook shows when it is the value of a cell, whatever its backend."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        FigureCanvasAgg(self)

    def _repr_png_(self) -> bytes:
        return png_of(self)


def png_of(figure: Figure) -> bytes:
    """Return a figure as PNG."""
    _show_literally(figure)
    content = io.BytesIO()
    with warnings.catch_warnings():  # a letter that no font has is drawn as a box
        warnings.filterwarnings("ignore", "Glyph .* missing from", UserWarning)
        figure.savefig(content, format="png", dpi=DPI)
    return content.getvalue()


def _show_literally(figure: Figure) -> None:
    """Make a figure show names as they are, with dollars, and escape bytes that are no text.

    Matplotlib would read a class that is called $a$ as mathematics, and refuse the others.
    """
    for text in figure.findobj(Text):
        name = text.get_text()
        if name and "$\\mathdefault" not in name:  # how matplotlib itself writes 10 to a power
            text.set_parse_math(False)
            text.set_text(
                name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
            )
