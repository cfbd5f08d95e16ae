"""A score and its interval from bootstrap draws."""

import numpy as np
import pytest

from evalkit.disentanglement.results import Score

NAMES = ("a", "b")


def test_draws_are_moved_so_that_their_mean_is_the_estimate():
    values = np.array([0.4, 0.6])
    draws = 0.8 + 0.05 * np.random.default_rng(0).standard_normal(400)  # rows drawn twice
    score = Score.from_draws(values, NAMES, draws, 0.1)
    assert score.value == 0.5 and score.by_factor == {"a": 0.4, "b": 0.6} and score.chance == 0.1
    assert 0.38 < score.low < 0.42 and 0.58 < score.high < 0.62


def test_few_draws_give_the_normal_interval_and_one_gives_none():
    values, few = np.array([0.5]), np.array([0.4, 0.6, 0.5])
    score = Score.from_draws(values, NAMES[:1], few, 0.0)
    reach = 1.96 * few.std(ddof=1)
    assert (score.low, score.high) == pytest.approx((0.5 - reach, 0.5 + reach))
    assert score.by_factor == {}  # the score is that of its one factor
    alone = Score.from_draws(values, NAMES[:1], few[:1], 0.0)
    assert alone.low is None and alone.high is None


def test_intervals_stay_within_0_and_1():
    score = Score.from_draws(np.array([0.9]), NAMES[:1], np.array([0.2, 1.0]), 0.0)
    assert score.low == 0 and score.high == 1
