"""Pictures with captions: nothing runs together."""

import numpy as np
from PIL import ImageFont

from evalkit.latent_space.options import GridOptions
from evalkit.latent_space.plane_grid import grid
from evalkit.support.pictures import TEXT, sheet


def test_captions_do_not_run_together():
    """Each column is as wide as its longest line."""
    white = np.ones((3, 32, 32), np.float32)
    texts = ["a -2.66, b -3.78\nc -12.31, d -1.34", "a 1.00, b 2.00\nc 3.00, d 4.00"]
    picture = sheet([[white] * 4] * 2, [texts * 2] * 2, heads=["closest attractor"] * 4)
    font = ImageFont.load_default(TEXT)
    longest = max(font.getlength(line) for text in texts for line in text.split("\n"))
    assert picture.shape[1] > 4 * longest > 4 * 84
    dark = (picture < 128).all(2)
    columns = np.flatnonzero(dark.any(0))
    assert (np.diff(columns) > 6).sum() >= 3  # room between the texts of neighbours
    edges = (picture == 190).all(2)
    assert edges.any()  # white images have an edge


def test_a_grid_has_axes_and_names(tmp_path):
    class Namer:
        labels = ("dark\n$\\frac{1}{0$", "a class of a very long name, number 2")

        def probabilities(self, images):
            bright = images[:, 0, 0, 0]
            return np.stack([1 - bright, bright], 1)

    def model(z):
        return np.clip(0.5 + z[:, 0, None, None] * np.ones((1, 8, 8)) / 6, 0, 1)

    result = grid(model, classifier=Namer(), options=GridOptions(n=6))
    axes = result.plot().axes[0]
    assert axes.get_xlabel() == "z0" and axes.get_ylabel() == "z1"
    assert axes.get_xticklabels()[0].get_text() == "-3"
    written = [text.get_text() for text in axes.texts]
    assert "dark $\\frac{1}{0$" in written and any("…" in name for name in written)
    result.save(tmp_path / "grid.png")
    assert (tmp_path / "grid.png").read_bytes()[:4] == b"\x89PNG"
