"""Figures show names as they are."""

import io

import numpy as np
from PIL import Image

from evalkit.support.figures import figure_png, new_figure


def drawn(name, scale="linear"):
    figure, axes = new_figure(1, 1, (3, 2))
    axes[0, 0].set(title=name, xscale=scale, xlim=(1, 100), xticks=[1, 10, 100])
    axes[0, 0].plot([1, 100], [0, 1], label=name)
    axes[0, 0].legend()
    return np.asarray(Image.open(io.BytesIO(figure_png(figure))))


def test_names_of_classes_are_no_mathematics_and_may_hold_any_bytes():
    assert drawn("$\\frac{1}{0$").size
    assert not np.array_equal(drawn("$a$"), drawn("a"))
    assert np.array_equal(drawn("a\udcff"), drawn("a\\xff"))
    assert not np.array_equal(drawn("a", "log"), drawn("a"))  # powers of ten are still powers
