"""Test what callables may return, and how alike images are."""

import numpy as np
import pytest

from evalkit.correspondence.likeness import Euclidean, Ssim, blurred
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.inputs.pixels import shrink, to_unit
from fractaldream import symmetry_orbit
from fractaldream_base.errors import BadInput

RNG = np.random.default_rng(0)


def test_all_that_a_callable_may_return_becomes_the_same():
    levels = RNG.integers(0, 256, (3, 8, 8), dtype=np.uint8)
    levels[0, 0, 0], levels[0, 0, 1] = 0, 255
    want = levels[:, None] / 255
    for given in (levels, levels[..., None], levels / 255, levels / 127.5 - 1):
        assert np.allclose(to_unit(given, "g"), want, atol=1e-6)
    colour = RNG.integers(0, 256, (3, 8, 8, 3), dtype=np.uint8)
    assert np.allclose(to_unit(colour, "g"), colour.transpose(0, 3, 1, 2) / 255)


def test_a_range_that_was_decided_holds():
    bright = np.full((2, 8, 8), 0.5)
    assert np.allclose(to_unit(bright, "g", signed=True), 0.75)
    assert np.allclose(to_unit(bright, "g", signed=False), 0.5)
    with pytest.raises(BadInput, match=r"mine:g: returned values down to -0\.5"):
        to_unit(-bright, "mine:g", signed=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (np.zeros((2, 8, 9)), "shape"),
        (np.zeros((2, 8, 8, 2)), "shape"),
        (np.full((2, 8, 8), np.nan), "NaN"),
        (np.full((2, 8, 8), 255.0), "0 to|255"),
        (np.zeros((2, 8, 8), np.int64), "int64"),
    ],
)
def test_anything_else_is_refused_in_one_line(given, message):
    with pytest.raises(BadInput, match=message) as refused:
        to_unit(given, "mine:g")
    assert "mine:g" in str(refused.value) and "\n" not in str(refused.value)


def test_shrinking_takes_means():
    images = RNG.random((2, 3, 64, 64)).astype(np.float32)
    assert np.allclose(shrink(images)[:, :, 3, 5], images[:, :, 6:8, 10:12].mean((2, 3)), atol=1e-6)
    assert shrink(RNG.random((2, 1, 28, 28)).astype(np.float32)).shape == (2, 1, 32, 32)


def test_operations_are_those_of_the_renderer():
    image = RNG.random((5, 5))
    exact = [s for s in symmetry_orbit(np.array([0.1, 0.2, 1, 2, 0.5, 0.7])) if s.exact]
    assert {turned(image, *how).tobytes() for how in OPERATIONS} == {
        np.ascontiguousarray(s.apply(image)).tobytes() for s in exact
    }


@pytest.mark.parametrize("likeness", [Euclidean("blur", blurred()), Ssim()])
def test_equal_pairs_are_alike_and_shuffled_ones_are_not(likeness):
    small = RNG.random((200, 1, 32, 32)).astype(np.float32)
    small += RNG.random((200, 1, 1, 1)).astype(np.float32)
    mine = likeness.embed(small)
    with_itself = float(likeness.terms(mine, mine).value())
    other = float(likeness.terms(mine, mine[RNG.permutation(200)]).value())
    assert with_itself > 0.5 and abs(other) < 0.3 * with_itself
    prepared = likeness.prepare(mine)
    assert np.isclose(likeness.against([prepared], prepared)[0], with_itself, atol=1e-6)


def test_correlation_ignores_brightness_and_contrast():
    blur = Euclidean("blur", blurred())
    small = RNG.random((50, 3, 32, 32)).astype(np.float32)
    value = blur.terms(blur.embed(small), blur.embed(0.3 * small + 0.2)).value()
    assert np.isclose(value, 1, atol=1e-5)
