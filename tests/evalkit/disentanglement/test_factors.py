"""True factors: their folding, and images that share one."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import fractaldream
from evalkit.disentanglement.factors import Family, fold
from evalkit.errors import BadInput

ROWS = st.lists(st.floats(-3, 3).filter(lambda v: abs(v) > 1e-3), min_size=6, max_size=6)


@given(ROWS)
def test_folds_are_what_the_symmetries_leave_alone(row):
    own = np.array([row])
    for member in fractaldream.symmetry_orbit(np.array(row)):
        other = np.array([member.params])
        if "diagonal" in member.operation or "quarter" in member.operation:
            other = other[:, [1, 0, 3, 2, 5, 4]]  # the transposition names x what was y
        np.testing.assert_array_equal(fold(own, "sizes"), fold(other, "sizes"))
        if member.operation in ("identity", "half turn"):
            np.testing.assert_array_equal(fold(own, "picture"), fold(other, "picture"))
    np.testing.assert_array_equal(fold(own, "none"), own)
    for how in ("sizes", "picture", "none"):
        np.testing.assert_array_equal(fold(fold(own, how), how), fold(own, how))


@pytest.mark.parametrize("law", ["fdd", "normal"])
@pytest.mark.parametrize("how", ["sizes", "picture"])
def test_images_that_share_a_factor(law, how):
    recipe = fractaldream.Recipe(law=law, size=32, iterations=5_000)
    family = Family(recipe)
    rng = np.random.default_rng(0)
    value = 1.3 if how == "sizes" else -1.3
    levels, params = family.sharing(4, value, 40, how, rng)
    np.testing.assert_allclose(fold(params, how)[:, 4], value)
    others = np.delete(np.abs(params), 4, 1)
    assert (others.std(0) > 0.1).all() and len(np.unique(others[:, 2])) == 40
    if law == "fdd":  # a to d of one sign, as the law has it
        signs = np.sign(params[:, 2:])
        assert (signs == signs[:, :1]).all()
    made = fractaldream.render_images(params, recipe)
    np.testing.assert_array_equal(made.levels, levels)
    assert (made.visited >= recipe.minimum).all()


def test_an_unknown_fold_is_refused():
    with pytest.raises(BadInput, match="fold"):
        fold(np.zeros((1, 6)), "paper")
