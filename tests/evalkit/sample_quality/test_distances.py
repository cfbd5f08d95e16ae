"""Distances that agree with a library's and with closed forms."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from evalkit.sample_quality.distances import frechet_distance, kernel_subsets
from fractaldream_base.errors import BadInput


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(2, 40), st.sampled_from([30, 100]))
def test_frechet_is_torch_fidelitys_on_the_same_features(seed, width, n):
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    rng = np.random.default_rng(seed)
    mix = rng.standard_normal((width, width))
    real = rng.standard_normal((n, width)) @ mix
    generated = np.maximum(rng.standard_normal((2 * n, width)) @ mix.T + 0.3, 0)
    expected = fid.fid_statistics_to_metric(
        *(fid.fid_features_to_statistics(torch.from_numpy(rows)) for rows in (real, generated)),
        False,
    )["frechet_inception_distance"]
    distance = frechet_distance(real=real, generated=generated)
    assert distance == pytest.approx(expected, rel=1e-3, abs=1e-3)


def test_frechet_of_gaussians_in_closed_form():
    rng = np.random.default_rng(0)
    x = rng.standard_normal((4000, 3))
    x = (x - x.mean(0)) @ np.linalg.inv(np.linalg.cholesky(np.cov(x.T)).T)  # exactly N(0, I)
    assert frechet_distance(real=x, generated=x) == pytest.approx(0, abs=1e-6)
    moved = 2 * x + np.array([3.0, 0, 4.0])  # 25 + 3 (2 - 1)^2
    assert frechet_distance(real=x, generated=moved) == pytest.approx(28, rel=1e-6)
    with pytest.raises(BadInput, match="1 generated"):
        frechet_distance(real=x, generated=x[:1])
    with pytest.raises(BadInput, match="not finite"):
        frechet_distance(real=x, generated=x * np.nan)


def test_kernel_distance_is_nought_in_the_mean_for_the_same_law():
    rng = np.random.default_rng(1)
    near, other, far = (rng.standard_normal((600, 8)) + shift for shift in (0, 0, 1))
    same, spread = kernel_subsets(real=near, generated=other, rng=rng)
    assert abs(same) < 3 * spread
    assert kernel_subsets(real=near, generated=far, rng=rng)[0] > 10 * spread
