"""Ranks, Holm's correction, intervals."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from evalkit.statistics.inference import bootstrap_weights, holm, interval, rank


def test_rank_counts_draws_at_least_as_large_and_ties_against():
    draws = np.arange(9.0)
    assert rank("", 100.0, draws).p_value == 0.1
    assert rank("", 8.0, draws).p_value == 0.2
    assert rank("", 8.0 + 1e-10, draws).p_value == 0.2  # within 1e-9: a tie
    assert rank("", -1.0, draws).p_value == 1.0


def test_p_is_uniform_when_the_observed_is_one_of_the_draws():
    rng = np.random.default_rng(0)
    p = [rank("", x[0], x[1:]).p_value for x in rng.standard_normal((4000, 20))]
    assert abs(np.mean(np.array(p) <= 0.05) - 0.05) < 0.015


def test_holm_on_a_worked_example():
    adjusted = holm({"a": 0.01, "b": 0.04, "c": 0.03, "d": 0.005})
    assert {k: round(v, 9) for k, v in adjusted.items()} == {
        "a": 0.03, "b": 0.06, "c": 0.06, "d": 0.02,
    }  # fmt: skip


@given(st.dictionaries(st.text(max_size=3), st.floats(0, 1), min_size=1, max_size=6))
def test_holm_raises_p_keeps_order_and_stays_below_one(p):
    adjusted = holm(p)
    assert all(p[k] <= adjusted[k] <= 1 for k in p)
    order = sorted(p, key=lambda k: p[k])
    assert [adjusted[k] for k in order] == sorted(adjusted.values())


def test_bootstrap_interval_covers_the_mean():
    rng = np.random.default_rng(1)
    values = rng.standard_normal(200) + 3
    low, high = interval(bootstrap_weights(200, 999, rng) @ values / 200)
    assert low < values.mean() < high and 0.2 < high - low < 0.4
