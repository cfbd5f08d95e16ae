"""The first images that a recipe keeps are those that rendering all of them would leave."""

import numpy as np
import pytest

from fractaldream import Recipe, draw_parameters, render_images
from fractaldream.rendering.accepted import ends_on_early_cycle, first_accepted, workspaces


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("refusals", [True, False])
@pytest.mark.parametrize("most", [3, 40, 1000])
def test_first_accepted(threads, refusals, most):
    recipe = Recipe(size=32, iterations=5_000, refusals=refusals)
    params = draw_parameters(recipe, np.arange(130), np.zeros(130))
    images = render_images(params, recipe)
    good = np.ones(130, bool)
    if refusals:
        good = (images.visited >= recipe.minimum) & (images.cycle == 0)
        assert 0.2 < good.mean() < 0.8
    rows = np.flatnonzero(good)[:most]
    levels, kept = first_accepted(params, most, workspaces(recipe, threads))
    np.testing.assert_array_equal(kept, rows)
    np.testing.assert_array_equal(levels, images.levels[rows])


@pytest.mark.parametrize("skip", [0, 100])
@pytest.mark.parametrize("iterations", [1_000, 10_000])  # fewer and more than the probe's steps
def test_an_early_cycle_is_a_cycle_at_the_end(skip, iterations):
    recipe = Recipe(size=32, iterations=iterations, skip=skip)
    params = draw_parameters(recipe, np.arange(200), np.zeros(200))
    early = ends_on_early_cycle(params, workspaces(recipe, 1)[0])
    assert early.sum() > 20
    assert (render_images(params, recipe).cycle[early] > 0).all()


def test_no_rows_give_no_images():
    levels, kept = first_accepted(np.zeros((0, 6)), 5, workspaces(Recipe(size=16), 1))
    assert levels.shape == (0, 16, 16) and len(kept) == 0
