"""The map under test: parameters of v, symmetries, and images as the tests see them."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import kstest

from evalkit.family.renderer import renderer_of
from evalkit.inputs.pixels import shrink
from fractaldream.rendering.attractor import OPERATIONS as MEANING
from fractaldream.rendering.attractor import symmetry_orbit

RNG = np.random.default_rng(0)


def test_maps_of_v():
    fdd = renderer_of(None, mapping="fdd", size=32, palette=None)
    rows = fdd.parameters(np.random.default_rng(0).standard_normal((4000, 6)))
    assert np.all(rows[:, 0] * rows[:, 1] >= 0)
    assert all(np.all(rows[:, 2] * rows[:, k] >= 0) for k in (3, 4, 5))
    assert min(kstest(np.abs(rows[:, k]) / 3, "uniform").pvalue for k in range(2, 6)) > 1e-3
    old = renderer_of(None, mapping="2019", size=32, palette=None)
    assert np.array_equal(old.parameters(np.ones((1, 6))), [[1, 1, 3, 3, 3, 3]])


def test_other_images_are_another_key(fd):
    other = renderer_of(None, mapping="fdd", size=32, palette=None)
    assert other.key != renderer_of(None, mapping="standard", size=32, palette=None).key
    assert renderer_of(None, mapping="fdd", size=32, palette="kbc").key != other.key


@pytest.mark.parametrize("mapping", ["standard", "2019", "fdd"])
def test_symmetries_are_those_of_the_map(mapping):
    renderer = renderer_of(None, mapping=mapping, size=32, palette=None)
    v = np.random.default_rng(4).normal(size=(5, 6))
    symmetries = renderer.symmetries()
    assert len(symmetries) == (2 if mapping == "fdd" else 8)
    for operation, matrix in symmetries:
        for params, other in zip(
            renderer.parameters(v), renderer.parameters(v @ matrix), strict=True
        ):
            same = [s.params for s in symmetry_orbit(params)
                    if s.exact and s.operation == MEANING[operation]]  # fmt: skip
            assert np.allclose(same, other)


@pytest.mark.parametrize("side", [64, 89 * 32, 100])
def test_levels_are_shrunk_in_their_colours(fd, side):
    colours = RNG.integers(0, 256, (256, 3), np.uint8)
    colours[-1] = 255
    levels = RNG.integers(0, 255, (2, side, side), np.uint8)
    levels[1] = 255
    small = replace(fd, palette=colours).shrunk(levels)
    wanted = shrink((colours[levels].transpose(0, 3, 1, 2) / 255).astype(np.float32))
    assert np.allclose(small, wanted, atol=1e-5) and np.allclose(small[1], 1)
