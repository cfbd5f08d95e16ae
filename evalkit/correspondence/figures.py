"""Pictures of the correspondence test."""

from typing import TYPE_CHECKING, Any

from evalkit.support.figures import new_figure

if TYPE_CHECKING:
    from .results import CorrespondResult

SHOWN = 8  # pairs of images


def pairs_figure(result: "CorrespondResult") -> Any:
    """Draw the images of the map and of the generator for the same latents below each other.

    Returns
    -------
    matplotlib.figure.Figure
        A row for the map, one for the generator, and one for the turned generator where there is
        one.
    """
    columns = min(SHOWN, *(len(images) for images in result.pictures.values()))
    rows = len(result.pictures)
    figure, axes = new_figure(rows, columns, (9, 1.25 * rows))
    for row, (name, images) in zip(axes, result.pictures.items(), strict=True):
        for place, (axis, image) in enumerate(zip(row, images, strict=False)):
            grey = image.shape[2] == 1
            axis.imshow(image[..., 0] if grey else image, cmap="gray" if grey else None)
            axis.set_xticks([])
            axis.set_yticks([])
            if place == 0:
                axis.set_ylabel(name, fontsize=8)
    return figure
