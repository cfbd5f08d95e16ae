"""Pictures of what can be read from codes."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.support.captions import short_names
from evalkit.support.figures import new_figure

from .scores import CodeRow

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's colours, told apart by colour-blind readers, too
ACCURACIES = {
    "linear": ("linear", "#0072b2"),
    "neighbour": ("1-NN", "#e69f00"),
    "clustering": ("clustering", "#009e73"),
}
WIDTH = 0.26  # of a bar


def accuracy_figure(rows: Sequence[CodeRow], chance: float) -> "Figure":
    """Draw bars of the accuracies of each way to encode images, and a line at chance."""
    figure, axes = new_figure(1, 1, (6.4, 1.4 + 0.5 * len(rows)))
    panel, places = axes[0, 0], np.arange(len(rows))
    for at, (name, (label, colour)) in enumerate(ACCURACIES.items()):
        values = [getattr(row.scores, name) for row in rows]
        panel.barh(places + (at - 1) * WIDTH, values, WIDTH, color=colour, label=label)
    panel.axvline(chance, color="k", linestyle=":", label="chance")
    panel.set_yticks(places, short_names([row.name for row in rows], 30), fontsize=8)
    panel.invert_yaxis()
    panel.set_xlim(0, 1)
    panel.set_xlabel("accuracy on held-out images (higher is better)", fontsize=9)
    figure.legend(loc="outside lower center", ncols=4, frameon=False, fontsize=8)
    return figure
