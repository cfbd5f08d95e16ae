"""Factors are what the symmetries of the map leave alone."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fractaldream
from evalkit.family.factors import fold_factors
from fractaldream_base.errors import BadInput

ROWS = st.lists(st.floats(-3, 3).filter(lambda v: abs(v) > 1e-3), min_size=6, max_size=6)


@given(ROWS)
def test_folds_are_what_the_symmetries_leave_alone(row):
    params = np.array([row])
    for member in fractaldream.symmetry_orbit(np.array(row)):
        other = np.array([member.params])
        if "diagonal" in member.operation or "quarter" in member.operation:
            other = other[:, [1, 0, 3, 2, 5, 4]]  # the transposition names x what was y
        np.testing.assert_array_equal(fold_factors(params, "sizes"), fold_factors(other, "sizes"))
        if member.operation in ("identity", "half turn"):
            picture = fold_factors(other, "picture")
            np.testing.assert_array_equal(fold_factors(params, "picture"), picture)
    np.testing.assert_array_equal(fold_factors(params, "none"), params)
    for fold in ("sizes", "picture", "none"):
        folded = fold_factors(params, fold)
        np.testing.assert_array_equal(fold_factors(folded, fold), folded)


@given(ROWS)
def test_picture_makes_x0_and_a_positive(row):
    x0, y0, a, b, c, d = row
    expected = [abs(x0), np.sign(x0) * y0, abs(a), np.sign(a) * b, c, d]
    np.testing.assert_array_equal(fold_factors(np.array([row]), "picture"), [expected])


def test_an_unknown_fold_is_refused():
    with pytest.raises(BadInput, match="fold"):
        fold_factors(np.zeros((1, 6)), "paper")
