"""Troubles of a training are reported when they start and when they end."""

import pytest

from fractaldream_models.kinds import find, names
from fractaldream_models.training.monitor import Monitor, advice_for, first_not_finite


def test_collapse_and_saturation_are_reported_when_they_start_and_end():
    monitor = Monitor(advice_for(find("aae")))
    fine = {"diversity_ratio": 0.9, "d_real_mean": 0.6, "d_fake_mean": 0.4}
    bad = {"diversity_ratio": 0.1, "d_real_mean": 0.95, "d_fake_mean": 0.01}
    assert monitor.check(1, fine) == []
    starts = monitor.check(2, bad)
    assert len(starts) == 2 and all("epoch 2" in line and "starts" in line for line in starts)
    assert monitor.check(3, bad) == []
    assert all("since epoch 2" in line for line in monitor.check(4, fine))


@pytest.mark.parametrize("kind", names())
def test_advice_names_settings_that_the_kind_has(kind):
    words = " ".join(advice_for(find(kind)).values()).replace(",", " ").split()
    assert words and not find(kind).ignored & set(words)


def test_the_first_value_that_is_not_finite_is_named():
    assert first_not_finite({"a": 1.0, "b": float("nan")}) == "b"
    assert first_not_finite({"a": 1.0}) is None
