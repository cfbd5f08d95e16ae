"""Pictures of disentanglement."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.support.captions import short_names
from evalkit.support.figures import new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure


LEVEL_LETTERS = 36  # of the names of all factors: more stand upright
MOST_LATENTS = 40  # shown, those of greatest importance


def importance_figure(
    information: list[list[float]], importance: list[list[float]], factors: Sequence[str]
) -> "Figure":
    """Draw which latent stands for which factor, by information (MIG) and by importance (DCI).

    Parameters
    ----------
    information, importance
        Of each latent about each factor, (L, K), see `results.Disentanglement`.
    factors
        Names of the K factors.

    Returns
    -------
    matplotlib.figure.Figure
        Latents in rows, factors in columns.
    """
    figure, axes = new_figure(1, 2, (7, 1.5 + 0.25 * min(len(importance), MOST_LATENTS)))
    weights = np.array(importance)
    rows = np.sort(np.argsort(-weights.sum(1), kind="stable")[:MOST_LATENTS])
    for panel, values, title in (
        (axes[0, 0], np.array(information), "information, share of the factor's entropy"),
        (axes[0, 1], weights, "importance in forests (DCI)"),
    ):
        drawn = panel.imshow(values[rows], aspect="auto", cmap="cividis", vmin=0)
        names = short_names(factors, 18)
        upright = sum(map(len, names)) > LEVEL_LETTERS
        panel.set_xticks(range(len(names)), names, rotation=90 if upright else 0, fontsize=8)
        panel.set_yticks(range(len(rows)), rows)
        panel.set_title(title, fontsize=9)
        figure.colorbar(drawn, ax=panel)
    axes[0, 0].set_ylabel("latent")
    return figure
