"""Arrays as callables return them: one shape, one range, one size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evalkit.inputs.pixels import SIDE, shrink, to_unit
from fractaldream_base.errors import BadInput


@given(st.integers(1, 3), st.sampled_from([1, 3]), st.integers(0, 2**32 - 1))
def test_bytes_and_both_ranges_of_floats_are_the_same_images(n, channels, seed):
    levels = np.random.default_rng(seed).integers(0, 256, (n, 4, 4, channels), dtype=np.uint8)
    images = to_unit(levels, "it")
    assert images.shape == (n, channels, 4, 4) and images.dtype == np.float32
    assert np.allclose(to_unit(levels / 255, "it", signed=False), images, atol=1e-6)
    assert np.allclose(to_unit(levels / 127.5 - 1, "it", signed=True), images, atol=1e-6)


@pytest.mark.parametrize(
    "images, reason",
    [
        (np.zeros((2, 4, 5)), "square images"),
        (np.zeros((2, 4, 4, 2)), "square images"),
        (np.full((2, 4, 4), np.nan), "NaN"),
        (np.full((2, 4, 4), 2.0), "values from 2 to 2"),
        (np.zeros((2, 4, 4), np.int64), "int64"),
    ],
)
def test_what_no_images_are_is_refused(images, reason):
    with pytest.raises(BadInput, match=f"it: .*{reason}"):
        to_unit(images, "it")


@pytest.mark.parametrize("side", [SIDE, 2 * SIDE, 45])
def test_shrinking_keeps_the_mean(side):
    images = np.random.default_rng(0).random((2, 3, side, side), np.float32)
    small = shrink(images)
    assert small.shape == (2, 3, SIDE, SIDE)
    if side % SIDE == 0:
        assert np.allclose(small.mean((2, 3)), images.mean((2, 3)), atol=1e-5)
    assert small.min() >= 0 and small.max() <= 1
