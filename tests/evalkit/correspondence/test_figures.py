"""Pictures of images side by side, and of effects over generators."""

import numpy as np
import pytest

from evalkit.correspondence.figures import SHOWN, pairs_figure, replicates_figure
from evalkit.correspondence.replicate_summary import summarise
from invented_result import invented_result


@pytest.mark.parametrize("channels", [1, 3])
def test_images_of_the_map_and_of_the_generator_stand_below_each_other(channels):
    images = np.zeros((10, 8, 8, channels), np.uint8)
    figure = pairs_figure({"FD(v)": images, "G(v)": images[:9]})
    assert len(figure.axes) == 2 * SHOWN
    assert [axis.get_ylabel() for axis in figure.axes[::SHOWN]] == ["FD(v)", "G(v)"]
    assert len(pairs_figure({"FD(v)": images, "G(z)": images[:3]}).axes) == 2 * 3


def test_the_effects_of_all_generators_are_drawn_beside_their_mean():
    generators = [invented_result("a.pt"), invented_result("b.pt")]
    rows = summarise(generators)
    (axis,) = replicates_figure(rows, generators).axes
    labels = [label.get_text() for label in axis.get_yticklabels()]
    assert len(labels) == len(rows) and labels[0].startswith("1 same image")
    points = axis.lines[0]
    assert points.get_xdata().tolist() == [0.1, 0.1] and points.get_ydata().tolist() == [0, 0]
