"""Pictures of the nearest training images."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.support.figures import new_figure

from .precision_recall import Prdc

if TYPE_CHECKING:
    from matplotlib.figure import Figure


COLOURS = {"generated": "#d55e00", "fresh (never seen)": "#0072b2"}
MANIFOLD = ("precision", "recall", "density", "coverage")


def neighbours_figure(
    levels: Sequence[float], quantiles: Sequence[Sequence[float]], manifolds: Sequence[Prdc]
) -> "Figure":
    """Draw generated images beside never-seen ones: distances to training images, and figures.

    Parameters
    ----------
    levels
        Levels of the quantiles.
    quantiles
        Quantiles of the distances of generated and of never-seen images.
    manifolds
        Precision, recall, density and coverage of both.

    Returns
    -------
    matplotlib.figure.Figure
        Quantiles of the distance to the nearest training image; precision, recall, density and
        coverage.
    """
    figure, axes = new_figure(1, 2, (9, 3.2))
    distances, bars = axes[0]
    at = np.arange(len(MANIFOLD))
    for shift, (name, colour), values, figures in zip(
        (-0.2, 0.2), COLOURS.items(), quantiles, manifolds, strict=True
    ):
        distances.plot(values, np.array(levels) * 100, marker=".", color=colour, label=name)
        heights = [getattr(figures, each) for each in MANIFOLD]
        bars.bar(at + shift, heights, 0.4, color=colour, label=name)
    distances.set(xlabel="distance to the nearest training image", ylabel="% of the images nearer")
    distances.legend(frameon=False, fontsize=8)
    bars.set_xticks(at, MANIFOLD)
    bars.set_title("higher is better, with both precision and recall", fontsize=9)
    return figure
