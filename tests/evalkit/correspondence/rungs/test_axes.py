"""The best signed permutation of the axes, with densities made by hand."""

import pytest

from evalkit.correspondence.rungs import axes
from evalkit.correspondence.rungs.rotation import axis_errors
from evalkit.statistics.orthogonal_group import draw_group


def test_a_signed_permutation_of_the_axes_is_undone(pairs):
    v, mixture, rng = pairs
    hidden = draw_group("signed-permutations", 6, 1, rng)[0]
    best = axes.statistic(v @ hidden.T, mixture)
    assert best.score > 2 and best.score == pytest.approx(best.pair_scores.mean())
    assert axis_errors(best.matrices[0], hidden).max() < 1e-6
