"""Units of standardised parameters."""

import numpy as np
import pytest

from evalkit.family.law_units import LAW_UNITS, units_of
from fractaldream.parameters.sampling import draw_parameters
from fractaldream.recipe import Recipe


@pytest.mark.parametrize("law", LAW_UNITS)
def test_they_are_the_mean_and_standard_deviation_of_the_law(law):
    n = 40_000
    rows = draw_parameters(Recipe(law=law), np.arange(n), np.zeros(n, np.int64))
    mean, scale = (np.array(values) for values in LAW_UNITS[law])
    varies = rows.min(0) < rows.max(0)
    assert np.allclose(rows.mean(0), mean, atol=5 * scale / n**0.5)
    assert np.allclose(rows.std(0)[varies], scale[varies], rtol=0.02)
    assert (scale[~varies] == 1).all()


def test_given_parameters_have_the_units_of_their_sample():
    rows = np.random.default_rng(0).standard_normal((50, 6)) * 2 + 1
    rows[:, 0] = 0.1
    mean, scale = units_of("params", rows)
    assert np.allclose(mean, rows.mean(0)) and scale[0] == 1
    assert np.allclose(scale[1:], rows[:, 1:].std(0))
