"""Rung 6."""

import numpy as np

from evalkit.correspondence.rungs.neighbourhood import neighbours_by_size, shared_neighbours


def test_the_sizes_themselves_keep_all_neighbours():
    v = np.random.default_rng(0).standard_normal((2048, 6))
    assert np.all(shared_neighbours(np.abs(v[:, 2:]), neighbours_by_size(v)) == 1)
