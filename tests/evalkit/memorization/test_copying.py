"""The two parts of the test for copying, on known answers."""

import numpy as np
import pytest
from scipy.special import ndtr
from scipy.stats import mannwhitneyu

from evalkit.memorization import copying
from evalkit.memorization.copying import exchange, mann_whitney


def test_rank_sum_is_scipys():
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 60), rng.integers(1, 10, 80)
    expected = mannwhitneyu(x, y, alternative="less", method="asymptotic", use_continuity=False)
    assert ndtr(mann_whitney(x, y)) == pytest.approx(expected.pvalue)
    assert mann_whitney(np.ones(5), np.ones(6)) is None


def test_exchange_is_uniform_where_labels_mean_nothing(monkeypatch):
    monkeypatch.setattr(copying, "DRAWS", 999)
    rng = np.random.default_rng(0)
    ps = []
    for _ in range(200):
        popular = rng.zipf(1.7, 300) / rng.random(300)  # hubs: images that are nearest to many
        chosen = rng.choice(300, 60, p=popular / popular.sum())
        ps.append(exchange(chosen, rng.random(60), 200, 100, rng)[1])
    # 200 draws of a uniform p lie here 99 times of 100
    assert np.mean(np.array(ps) <= 0.05) <= 0.09 and 0.4 < np.mean(np.array(ps) <= 0.5) < 0.6
