"""The two parts of the test for copying, on known answers."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtr
from scipy.stats import mannwhitneyu

from evalkit.memorization import copying
from evalkit.memorization.copying import copying_test, exchange, mann_whitney, nearest_votes
from evalkit.statistics.nearest_neighbours import nearest


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
        votes = np.bincount(chosen, rng.random(60), minlength=300)
        ps.append(exchange(votes, 200, 100, rng)[1])
    # 200 draws of a uniform p lie here 99 times of 100
    assert np.mean(np.array(ps) <= 0.05) <= 0.09 and 0.4 < np.mean(np.array(ps) <= 0.5) < 0.6


@given(st.integers(0, 2**32 - 1))
def test_votes_do_not_depend_on_which_images_were_learnt(seed):
    """Equal images share a vote, whatever their labels and their order."""
    rng = np.random.default_rng(seed)
    train, fresh = rng.integers(5, 20, 2)
    pool = rng.integers(0, rng.integers(2, 5), (train + fresh, 3)).astype(np.float32)
    generated = (pool[rng.integers(0, len(pool), 30)] + rng.random((30, 1))).astype(np.float32)

    def votes(order):
        images = pool[order]
        near = [nearest(generated, part, 5) for part in (images[:train], images[train:])]
        voted, share = nearest_votes(*near, train, fresh)
        assert 0 <= share <= 1
        return voted[np.argsort(order)]

    as_drawn = votes(np.arange(len(pool)))
    assert votes(rng.permutation(len(pool))) == pytest.approx(as_drawn)
    for image in np.unique(pool, axis=0):
        equal = (pool == image).all(1)
        assert np.ptp(as_drawn[equal]) == pytest.approx(0) and (
            equal.sum() < 5 or as_drawn[equal].max() == 0
        )


def speckled(rng, n):
    """Images of which two in three are blank or hold one of eight specks, as data of `normal`."""
    images = rng.random((n, 16)).astype(np.float32)
    few = rng.random(n) < 2 / 3
    images[few] = np.eye(16, dtype=np.float32)[rng.integers(0, 9, few.sum())] * (
        rng.random((few.sum(), 1)) < 0.5
    )
    return images


def test_blank_images_do_not_make_copies(monkeypatch):
    """Blanks and blurs of images that nobody copied: p < 0.05 at most as often as stated."""
    monkeypatch.setattr(copying, "DRAWS", 199)
    rng = np.random.default_rng(1)
    ps = []
    for _ in range(100):
        train, fresh, images = speckled(rng, 200), speckled(rng, 200), speckled(rng, 60)
        for generated in (images, (images + images.mean(1, keepdims=True)) / 2):
            test = copying_test(
                train=train, generated=generated, fresh=fresh,
                to_train=nearest(generated, train, 5), to_fresh=nearest(generated, fresh, 5),
                fresh_to_train=nearest(fresh, train, 1).distances[:, 0], rng=rng,
            )  # fmt: skip
            ps.append((test.p_value, test.p_prefers_training))
    reported, exchanged = np.transpose(ps)
    # 200 tests of level 5%, two and two of one data set: above 9.5% once in a hundred times
    assert np.mean(reported < 0.05) <= 0.095 and np.mean(exchanged < 0.05) <= 0.095
