"""Pictures of sample quality, in colours that colour-blind readers tell apart."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.support.captions import short_names
from evalkit.support.figures import new_figure

from .classes import Modes
from .curves import DiscriminatorCurves
from .distances import Distance

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LEVEL_LETTERS = 60  # of the names of all classes: more stand upright
REAL, GENERATED = "#0072b2", "#d55e00"


def curves_figure(curves: DiscriminatorCurves) -> "Figure":
    """Draw D(x) and D(G(z)) by epoch; returns a matplotlib.figure.Figure."""
    figure, axes = new_figure(1, 1, (6.4, 3.2))
    _draw_curves(axes[0, 0], curves)
    return figure


def quality_figure(
    distances: Mapping[str, Distance], parts: Sequence[DiscriminatorCurves | Modes]
) -> "Figure":
    """Draw the distances, D(x) and D(G(z)) by epoch, and the shares of the classes.

    Parameters
    ----------
    distances
        By the name of the space; drawn beside those of training images.
    parts
        What is drawn after them, if anything.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for the distances, and one for each part.
    """
    figure, axes = new_figure(1, 1 + len(parts), (4.2 + 5 * len(parts), 3.2))
    _draw_distances(axes[0, 0], distances)
    for panel, part in zip(axes[0, 1:], parts, strict=True):
        if isinstance(part, DiscriminatorCurves):
            _draw_curves(panel, part)
        else:
            _draw_shares(panel, part)
    return figure


def _draw_distances(axes: Any, distances: Mapping[str, Distance]) -> None:
    """Draw the Frechet distances of generated images as multiples of those of training images."""
    ratios = {
        name: distance.frechet / max(distance.real_frechet, 1e-12)
        for name, distance in distances.items()
    }
    axes.barh(list(ratios), list(ratios.values()), 0.5, color=GENERATED, label="generated")
    axes.set_xscale("log")
    axes.axvline(1, color=REAL, label="training images")
    axes.set_title("Frechet distance (lower is better)", fontsize=9)
    axes.set_xlabel("times that of training images", fontsize=8)
    axes.legend(frameon=False, fontsize=8)


def _draw_curves(axes: Any, curves: DiscriminatorCurves) -> None:
    """Draw means and standard deviations; at 0.5 D cannot tell."""
    for name, mean, sd, colour in (
        ("D(x)", curves.real, curves.real_sd, REAL),
        ("D(G(z))", curves.generated, curves.generated_sd, GENERATED),
    ):
        low = [max(0.0, m - s) for m, s in zip(mean, sd, strict=True)]
        high = [min(1.0, m + s) for m, s in zip(mean, sd, strict=True)]
        axes.plot(curves.epochs, mean, color=colour, marker=".", label=name)
        axes.fill_between(curves.epochs, low, high, color=colour, alpha=0.15, linewidth=0)
    axes.axhline(0.5, color="#999", linewidth=0.7)
    if curves.chosen is not None:
        axes.axvline(curves.chosen, color="#999", linestyle=":", label="checkpoint")
    axes.set(xlabel="epoch", ylabel="mean answer of D", ylim=(0, 1))
    axes.set_title("0.5: D cannot tell images from samples", fontsize=9)
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.legend(frameon=False, fontsize=8)


def _draw_shares(axes: Any, modes: Modes) -> None:
    """Draw the shares of the classes among real and generated images."""
    at = np.arange(len(modes.classes))
    for name, shares, shift, colour in (
        ("real", [c.real_share for c in modes.classes], -0.2, REAL),
        ("generated", [c.share for c in modes.classes], 0.2, GENERATED),
    ):
        axes.bar(at + shift, shares, 0.4, label=name, color=colour)
    present = sum(c.real_share > 0 for c in modes.classes)
    names = short_names((c.label for c in modes.classes), 18)
    tilted = sum(map(len, names)) > LEVEL_LETTERS
    axes.set_xticks(at, names, rotation=90 if tilted else 0, fontsize=8)
    axes.set(ylabel="share of the images")
    axes.set_title(f"{modes.covered} of {present} classes of the data covered", fontsize=9)
    axes.legend(frameon=False, fontsize=8)
