"""MIG on answers that are known."""

import numpy as np
import pytest

from evalkit.disentanglement.mig import (
    frequency_bins,
    gaps,
    mutual_information,
    mutual_information_gap,
)
from factor_samples import sample


def test_mutual_information_against_closed_forms():
    rng = np.random.default_rng(4)
    v = rng.uniform(size=(20_000, 2))
    ones = np.ones(len(v))
    binned = frequency_bins(v, 16)
    share = mutual_information(binned, binned, ones)
    np.testing.assert_allclose(np.diag(share), 1, atol=1e-9)
    np.testing.assert_allclose(share[[0, 1], [1, 0]], 0, atol=2e-3)  # bias is corrected
    coarse = binned // 8  # 1 of 4 bits
    np.testing.assert_allclose(np.diag(mutual_information(coarse, binned, ones)), 0.25, atol=1e-3)
    np.testing.assert_allclose(gaps(np.array([[0.9, 0.1], [0.4, 0.6]])), [0.5, 0.5])


def test_mig_is_one_for_ordered_codes_and_nought_for_two_copies():
    score, information = mutual_information_gap(sample(np.exp))
    np.testing.assert_allclose(np.diag(information), 1, atol=1e-9)
    assert score.value > 0.9 and score.low <= score.value <= score.high
    assert score.chance < 0.05 and set(score.by_factor) == {"a", "b", "c"}
    twice, _ = mutual_information_gap(sample(lambda v: np.hstack([v, v])))
    assert twice.value == pytest.approx(0, abs=1e-12)  # two latents know as much
