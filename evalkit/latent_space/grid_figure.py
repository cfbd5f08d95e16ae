"""The picture of a plane: its images on axes, with the names of classes."""

from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.support.captions import shortened
from evalkit.support.figures import new_figure

from .plane import Plane
from .regions import name_places

if TYPE_CHECKING:
    from matplotlib.figure import Figure


DPI = 110  # as figures are written
LEAST, MOST = 4.5, 24.0  # inches of the frame; 40 x 40 images of 64 px keep their pixels
TICKS = 9  # round coordinates along a side, at most
LETTERS = 24  # of a name


def draw_grid(
    picture: np.ndarray, at: np.ndarray, plane: Plane, answers: np.ndarray | None, *, name: str
) -> "Figure":
    """Draw the images of a plane at their coordinates.

    Parameters
    ----------
    picture
        The images side by side, uint8 (H, W, 3).
    at
        The coordinates (n,) of both sides.
    plane
        The plane.
    answers
        What the classifier calls each image, (n, n); None without one.
    name
        Name of the model.

    Returns
    -------
    matplotlib.figure.Figure
    """
    side = float(np.clip(picture.shape[0] / DPI, LEAST, MOST))
    figure, panels = new_figure(1, 1, (side + 0.9, side + 1.1))
    axes = panels[0, 0]
    n = len(at)
    # cells are equally wide on the picture, whatever their coordinates
    axes.imshow(picture, extent=(-0.5, n - 0.5, -0.5, n - 0.5), interpolation="nearest")
    letters = 9 * max(1, side / 10)
    values = _round_numbers(at)
    places, labels = np.interp(values, at, np.arange(n)), [f"{value:g}" for value in values]
    axes.set_xticks(places, labels, fontsize=letters)
    axes.set_yticks(places, labels, fontsize=letters)
    axes.set_xlabel(shortened(plane.right, 60), fontsize=letters)
    axes.set_ylabel(shortened(plane.up, 60), fontsize=letters)
    axes.set_title(f"{shortened(name, 50)}: {n} x {n} decodings", fontsize=letters)
    if answers is not None:
        _draw_names(axes, answers)
        axes.set_title(
            f"{axes.get_title()}; lines: the classifier's answer changes",
            fontsize=letters,
            wrap=True,
        )
    if plane.marks is not None:
        _draw_places(axes, plane.marks, plane.names, at)
    return figure


def _round_numbers(at: np.ndarray) -> np.ndarray:
    """Return round numbers between the first and the last coordinate, at most `TICKS`."""
    from matplotlib.ticker import MaxNLocator

    values = MaxNLocator(TICKS - 1, steps=[1, 2, 5, 10]).tick_values(at[0], at[-1])
    within = (values >= at[0] - 1e-9) & (values <= at[-1] + 1e-9)
    rounded: np.ndarray = values[within].round(9) + 0.0  # no minus before 0
    return rounded


def _draw_names(axes: Any, answers: np.ndarray) -> None:
    """Write the name of each class where its region is deepest."""
    names, labels = np.unique(answers, return_inverse=True)
    n = len(answers)
    square = labels.reshape(n, n)[::-1]
    least = min(12, max(1, n * n // 16))
    for x, y, k in name_places(square, 0, n - 1, least=least):
        side = "left" if x < 0.3 * n else "right" if x > 0.7 * n else "center"
        _write(axes, x, y, str(names[k]), side)


def _draw_places(axes: Any, marks: np.ndarray, names: tuple[str, ...], at: np.ndarray) -> None:
    """Write the names of the places that the plane goes through at their coordinates."""
    steps = np.arange(len(at))
    for (s, t), name in zip(marks, names, strict=True):
        x, y = np.interp(s, at, steps), np.interp(t, at, steps)
        axes.plot(x, y, marker="*", markersize=12, color="#f0e442", markeredgecolor="black")
        inwards = -0.3 if y > len(at) / 2 else 0.3
        _write(axes, x, y + inwards, name, "left" if x < len(at) / 2 else "right")


def _write(axes: Any, x: float, y: float, text: str, side: str = "center") -> None:
    from matplotlib import patheffects

    written = axes.text(x, y, shortened(text, LETTERS), ha=side, va="center", weight="bold")
    written.set_path_effects([patheffects.withStroke(linewidth=3, foreground="w")])
