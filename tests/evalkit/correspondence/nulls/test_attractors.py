"""Attractors of other families, in a tight view as FD's are."""

import numpy as np
import pytest

from evalkit.correspondence.nulls import attractors

CHAOTIC = {"clifford": (-1.4, 1.6, 1.0, 0.7), "dejong": (1.641, 1.902, 0.316, 1.525)}


@pytest.mark.parametrize("family", CHAOTIC)
def test_attractors_fill_their_view_and_are_equalised(family):
    levels = attractors.render(family, np.array([CHAOTIC[family]] * 2))
    assert levels.shape == (2, 32, 32) and levels.dtype == np.uint8
    assert np.array_equal(levels[0], levels[1])
    visited = levels[0] > 0
    assert visited.mean() > 0.3 and len(np.unique(levels[0])) > 50
    for side in (visited[0], visited[-1], visited[:, 0], visited[:, -1]):
        assert side.any()


def test_a_fixed_point_is_one_pixel():
    assert (attractors.render("dejong", np.zeros((1, 4))) > 0).sum() <= 2
    with pytest.raises(ValueError, match="not in tuple"):
        attractors.render("henon", np.zeros((1, 4)))
