"""Regression of sizes on codes."""

import numpy as np

from evalkit.correspondence.rungs.encoders import (
    expand,
)
from evalkit.correspondence.rungs.regression import affine_sizes


def test_affine_reads_sizes_of_affine_functions_and_of_nothing_else():
    rng = np.random.default_rng(0)
    z = rng.standard_normal((2000, 5))
    w, shift = rng.standard_normal((5, 2)), np.array([0.5, -1])
    sizes = np.abs(z @ w + shift)
    read = affine_sizes(expand(z), np.column_stack([sizes, np.linalg.norm(z, axis=1)]), 1500)
    # beyond the largest size that it learnt from, a curve is level
    inside = sizes[1500:] < np.sort(sizes[:1500], axis=0)[-20]
    assert np.abs(read[:, :2] - sizes[1500:])[inside].max() < 0.05
    left = read[:, 2] - np.linalg.norm(z[1500:], axis=1)
    assert left.var() > 0.5 * np.linalg.norm(z, axis=1).var()  # a quadratic form, but of no one w
    assert read.min() >= 0 and read.max() <= 2 * sizes.max()  # whatever the codes are
    nothing = affine_sizes(np.ones((2000, 20)), sizes, 1500)
    assert np.allclose(nothing, sizes[:1500].mean(0))
