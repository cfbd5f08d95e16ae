import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

import fractaldream as fd
from fractaldream.parameters.sampling import split_of

N = 20_000
ATTEMPT = np.zeros(N, int)


def draws(law, n=N, **fields):
    return fd.draw_parameters(fd.Recipe(law=law, **fields), np.arange(n), np.zeros(n))


def uniform_p(values, low, high):
    return stats.kstest(values, stats.uniform(low, high - low).cdf).pvalue


def test_fdd_is_uniform_with_common_signs():
    rows = draws("fdd")
    assert (np.sign(rows[:, 0]) == np.sign(rows[:, 1])).all()
    assert (np.ptp(np.sign(rows[:, 2:]), axis=1) == 0).all()
    for k, largest in enumerate((1, 1, 3, 3, 3, 3)):
        assert uniform_p(rows[:, k], -largest, largest) > 1e-4
    signs = np.sign(rows[:, [0, 2]])
    assert abs(np.corrcoef(signs.T)[0, 1]) < 0.03  # start and map independent


def test_uniform_and_pickover_fill_their_boxes():
    rows = draws("uniform")
    for k, largest in enumerate((1, 1, 3, 3, 3, 3)):
        assert uniform_p(rows[:, k], -largest, largest) > 1e-4
    assert np.abs(np.corrcoef(np.sign(rows).T) - np.eye(6)).max() < 0.03
    rows = draws("pickover")
    assert (rows[:, :2] == 0.1).all()
    for k, (low, high) in {2: (-3, 3), 3: (-3, 3), 4: (-0.5, 1.5), 5: (-0.5, 1.5)}.items():
        assert uniform_p(rows[:, k], low, high) > 1e-4


def test_normal_is_normal_with_the_deviations_of_uniform():
    rows = draws("normal")
    z = rows / np.sqrt([1 / 3, 1 / 3, 3, 3, 3, 3])
    for column in z.T:
        assert stats.kstest(column, "norm").pvalue > 1e-4
    assert np.abs(np.cov(z.T) - np.eye(6)).max() < 0.05
    assert stats.kstest((z**2).sum(1), stats.chi2(6).cdf).pvalue > 1e-4


@pytest.mark.parametrize("law", ["fdd", "uniform", "normal", "pickover"])
def test_an_image_is_drawn_alone_as_among_others(law):
    rows = draws(law, 100)
    recipe = fd.Recipe(law=law)
    assert (fd.draw_parameters(recipe, np.array([73]), np.array([0]))[0] == rows[73]).all()
    other = fd.draw_parameters(recipe, np.array([73]), np.array([1]))[0]
    assert (other[2:] != rows[73, 2:]).all()
    assert (draws(law, 100, seed=1)[:, 2:] != rows[:, 2:]).all()


def test_laws_do_not_share_their_draws():
    magnitudes = [np.abs(draws(law, 50)[:, 2]) for law in ("fdd", "uniform", "pickover")]
    assert not np.isclose(magnitudes[0], magnitudes[1]).any()
    assert not np.isclose(magnitudes[1], magnitudes[2]).any()


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40))
def test_any_seed_and_index_can_be_drawn(seed, index):
    rows = fd.draw_parameters(fd.Recipe(seed=seed), np.array([index]), np.array([0]))
    assert np.isfinite(rows).all() and np.abs(rows).max() <= 3


def test_split_is_90_5_5_and_of_the_index_alone():
    split = split_of(np.arange(100_000))
    shares = np.bincount(split) / 100_000
    assert np.allclose(shares, [0.9, 0.05, 0.05], atol=0.003)
    assert (split_of(np.arange(500, 600)) == split[500:600]).all()
