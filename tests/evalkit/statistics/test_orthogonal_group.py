"""The groups of the nulls, and maps that scramble N(0, I)."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import kstest

from evalkit.statistics.orthogonal_group import GROUPS, Twist, draw_group, random_warp


@pytest.mark.parametrize("group", GROUPS)
def test_draws_are_orthogonal_and_differ(group):
    draws = draw_group(group, 6, 50, np.random.default_rng(0))
    assert np.allclose(draws @ draws.transpose(0, 2, 1), np.eye(6))
    assert len({draw.round(6).tobytes() for draw in draws}) == 50
    signs = np.sign(np.linalg.det(draws))
    assert {-1.0, 1.0} == set(signs)  # reflections included


def test_signed_permutations_move_axes_onto_axes():
    draws = draw_group("signed-permutations", 6, 200, np.random.default_rng(1))
    assert set(np.unique(draws)) == {-1.0, 0.0, 1.0}
    where = np.abs(draws).argmax(2)
    assert all(sorted(row) == list(range(6)) for row in where)
    assert np.all(np.abs(np.bincount(where[:, 0], minlength=6) - 200 / 6) < 25)


@given(st.integers(0, 2**32), st.integers(2, 9))
def test_a_twist_can_be_undone_and_keeps_the_norm(seed, size):
    rng = np.random.default_rng(seed)
    twist, z = Twist.draw(size, rng), rng.standard_normal((20, size))
    there = twist(z)
    assert np.allclose(twist.inverse(there), z)
    assert np.allclose(twist(twist.inverse(z)), z)
    assert np.allclose(np.linalg.norm(there, axis=1), np.linalg.norm(z, axis=1))


def test_a_twist_keeps_the_normal_law_but_not_the_points():
    rng = np.random.default_rng(2)
    z = rng.standard_normal((20_000, 6))
    there = Twist.draw(6, rng)(z)
    assert min(kstest(column, "norm").pvalue for column in there.T) > 1e-3
    assert np.abs(np.cov(there.T) - np.eye(6)).max() < 0.05
    linear, *_ = np.linalg.lstsq(z, there, rcond=None)
    assert 1 - (there - z @ linear).var() / there.var() < 0.5  # no rotation in disguise


def test_a_warp_is_standardised_and_not_normal():
    rng = np.random.default_rng(3)
    there = random_warp(6, rng)(rng.standard_normal((20_000, 6)))
    assert np.abs(there.mean(0)).max() < 0.1 and np.abs(there.std(0) - 1).max() < 0.1
