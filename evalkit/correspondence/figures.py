"""Pictures of the correspondence test."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from evalkit.support.figures import new_figure

from .findings import Findings
from .replicate_summary import RungReplicates
from .rung_names import title
from .rungs.outcome import RungResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure


SHOWN = 8  # pairs of images


def pairs_figure(pictures: Mapping[str, np.ndarray]) -> "Figure":
    """Draw images of the map and of the generator below each other.

    They are of the same latents, v, where the generator has six, and of others, z, where not.

    Parameters
    ----------
    pictures
        Images of each, uint8 (N, H, W, C), by name.

    Returns
    -------
    matplotlib.figure.Figure
        A row for the map, one for the generator, and one for the turned generator where there is
        one.
    """
    columns = min(SHOWN, *(len(images) for images in pictures.values()))
    rows = len(pictures)
    figure, axes = new_figure(rows, columns, (9, 1.25 * rows))
    for row, (name, images) in zip(axes, pictures.items(), strict=True):
        for place, (axis, image) in enumerate(zip(row, images, strict=False)):
            grey = image.shape[2] == 1
            axis.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None)
            axis.set_xticks([])
            axis.set_yticks([])
            if place == 0:
                axis.set_ylabel(name, fontsize=8)
    return figure


def replicates_figure(rows: Sequence[RungReplicates], generators: Sequence[Findings]) -> "Figure":
    """Draw the mean effect of each rung with its interval, and the effects of the generators.

    rows are the rungs over all generators, and generators what the rungs of each came to.

    Returns
    -------
    matplotlib.figure.Figure
        A line for each rung; 0 is chance.
    """
    figure, axes = new_figure(1, 1, (7, 3))
    axis = axes[0, 0]
    for at, row in enumerate(rows):
        rungs = (each.rungs[row.rung] for each in generators)
        effects = [rung.effect for rung in rungs if isinstance(rung, RungResult)]
        axis.plot(effects, [at] * len(effects), "o", color="#56b4e9", alpha=0.6)
        if row.ci is not None:
            axis.plot(row.ci, [at, at], color="#0072b2")
        axis.plot(row.mean, at, "D", color="#0072b2")
    axis.axvline(0, color="#999", linewidth=0.7)
    axis.set_yticks(range(len(rows)), [title(row.rung) for row in rows])
    axis.invert_yaxis()
    axis.set_xlabel("effect (higher is better, 0 is chance)")
    return figure
