import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import naive
from fractaldream.rendering.tone import TONES, tone_images

images = hnp.arrays(np.uint16, (1, 49), elements=st.integers(0, 300) | st.integers(0, 65535))


def shade(counts, tone):
    levels = np.full(counts.shape, 77, np.uint8)
    tone_images(counts, np.arange(len(counts)), TONES[tone], levels)
    return levels


@pytest.mark.parametrize("tone", TONES)
@given(counts=images)
@settings(deadline=None)
def test_levels_keep_the_order_of_counts(tone, counts):
    levels = shade(counts, tone)[0]
    visited = counts[0] > 0
    assert ((levels == 0) == ~visited).all()
    if visited.any():
        order = np.argsort(counts[0], kind="stable")
        assert (np.diff(levels[order].astype(int)) >= 0).all()
        assert levels[counts[0] == counts.max()].max() == 255
        if len(set(counts[0][visited])) > 1:
            assert levels[visited].min() == 1


@given(images)
@settings(deadline=None)
def test_eq_hist_is_the_twins(counts):
    if counts.any():
        assert (shade(counts, "eq_hist") == naive.eq_hist(counts)).all()


@given(images)
@settings(deadline=None)
def test_log_and_linear_follow_their_formula(counts):
    visited = counts > 0
    if not visited.any():
        return
    above = counts[visited].astype(float) - counts[visited].min()
    if above.max() > 0:
        expected = 1 + 254 * np.log1p(above) / math.log1p(above.max())
        assert np.abs(shade(counts, "log")[visited] - expected).max() <= 0.5 + 1e-9
        expected = 1 + 254 * above / above.max()
        assert np.abs(shade(counts, "linear")[visited] - expected).max() <= 0.5 + 1e-9


def test_eq_hist_is_datashaders():
    transfer = pytest.importorskip("datashader.transfer_functions", reason="needs datashader")
    counts = np.random.default_rng(0).geometric(0.02, (1, 4096)).astype(np.uint16)
    counts[0, ::3] = 0
    equal = transfer.eq_hist(counts[0], mask=counts[0] == 0)
    equal = equal[0] if isinstance(equal, tuple) else equal
    low, high = np.nanmin(equal), np.nanmax(equal)
    visited = counts[0] > 0
    expected = 1 + 254 * (equal[visited] - low) / (high - low)
    assert np.abs(shade(counts, "eq_hist")[0][visited] - expected).max() <= 0.51
