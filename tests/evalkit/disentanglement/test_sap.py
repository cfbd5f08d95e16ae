"""SAP on answers that are known."""

import numpy as np
import pytest

from evalkit.disentanglement.sap import attribute_predictability, squared_correlations
from factor_samples import sample


def test_sap_is_the_squared_correlation():
    rng = np.random.default_rng(5)
    z, v = rng.standard_normal((50, 3)), rng.standard_normal((50, 2))
    expected = np.corrcoef(z.T, v.T)[:3, 3:] ** 2
    np.testing.assert_allclose(squared_correlations(z, v, np.ones(50)), expected)
    twice = squared_correlations(np.vstack([z, z[:9]]), np.vstack([v, v[:9]]), np.ones(59))
    np.testing.assert_allclose(squared_correlations(z, v, 1.0 + (np.arange(50) < 9)), twice)


def test_sap_is_one_less_the_second_best_and_nought_for_two_copies():
    data = sample(lambda v: 1 - 2 * v)
    score = attribute_predictability(data)
    assert score.value > 0.98 and score.low <= score.value <= score.high
    assert score.chance < 0.02
    r2 = np.sort(np.corrcoef(data.codes.T, data.factors.T)[:3, 3:] ** 2, axis=0)
    assert score.value == pytest.approx(1 - r2[-2].mean())
    twice = attribute_predictability(sample(lambda v: np.hstack([v, -v])))
    assert twice.value == pytest.approx(0, abs=1e-12)
