"""Results of the latent space: each is drawn as one picture, which is shown, or saved as PNG."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.support.figures import figure_png
from evalkit.support.pictures import save_picture
from fractaldream.datasets.notebook import NotebookResult

if TYPE_CHECKING:
    from matplotlib.figure import Figure


class PictureResult(NotebookResult):
    """A result that is drawn as one picture; a class of it draws the figure in `plot`."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        raise NotImplementedError

    def plot(self) -> "Figure":
        """Draw the picture.

        Returns
        -------
        matplotlib.figure.Figure
        """
        raise NotImplementedError

    def picture(self) -> np.ndarray | bytes:
        """Draw what `plot` draws, as PNG or as pixels, uint8 (H, W, 3)."""
        return figure_png(self.plot())

    def save(self, path: str | Path) -> None:
        """Write the picture as PNG. Raises BadInput."""
        save_picture(path, self.picture())
