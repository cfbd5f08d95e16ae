"""Units of standardised parameters."""

from types import SimpleNamespace

import numpy as np
import pytest

from evalkit.family.law_units import LAW_UNITS, paired_latents, units_of
from evalkit.family.renderer import renderer_of
from fractaldream.recipe import PARAM_NAMES, Recipe
from fractaldream.sampling import draw_parameters


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


def test_a_model_trained_on_pairs_is_asked_for_the_same_parameters():
    fd = renderer_of(None, mapping="standard", size=32, colour=False)
    v = np.random.default_rng(0).standard_normal((5, 6))
    mean, scale = np.full(6, 0.1), np.full(6, 0.9)
    facts = {"param_names": PARAM_NAMES, "param_mean": mean, "param_scale": scale}
    paired = SimpleNamespace(network=SimpleNamespace(metrics={"paired": 0.1}), data=facts)
    assert np.allclose(mean + scale * paired_latents(paired, fd, v), fd.parameters(v))
    other = SimpleNamespace(network=SimpleNamespace(metrics={}), data=facts)
    assert paired_latents(other, fd, v) is v
