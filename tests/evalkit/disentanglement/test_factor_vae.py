"""FactorVAE's score on answers that are known."""

import numpy as np
import pytest

from evalkit.disentanglement.codes import FactorCodes
from evalkit.disentanglement.factor_vae import majority, majority_vote_accuracy, used_latents

NAMES = ("a", "b", "c", "d")


def score(code, votes=80):
    """The score of codes of uniform factors (n, 4) by the function `code`."""
    rng = np.random.default_rng(0)
    v = rng.uniform(0, 3, (500, 4))

    def shared_factor(k, rng):
        rows = rng.uniform(0, 3, (64, 4))
        rows[:, k] = rows[0, k]
        return code(rows)

    data = FactorCodes.from_arrays(code(v), v, NAMES, draws=2, rng=rng)
    return majority_vote_accuracy(shared_factor, data, votes, rng)


def test_one_latent_for_each_factor_is_never_mistaken():
    result = score(lambda v: -v[:, ::-1])
    assert (result.value, result.low, result.high) == (1, 1, 1)
    assert result.by_factor == dict.fromkeys(NAMES, 1.0) and result.chance < 0.6


def test_a_factor_that_no_latent_has_is_not_named():
    rng = np.random.default_rng(1)
    result = score(lambda v: np.column_stack([v[:, :3], rng.uniform(0, 3, len(v))]))
    assert [result.by_factor[name] for name in "abc"] == [1, 1, 1]
    assert result.by_factor["d"] < 1


def test_a_majority_of_votes_names_the_factor():
    train = np.array([[0, 1], [0, 1], [0, 0], [1, 0]])  # latent, factor
    test = np.array([[0, 1], [0, 0], [1, 0], [1, 1]])
    assert majority(train, test, 2, 2).tolist() == [True, False, True, False]


def test_latents_that_hardly_vary_are_left_out():
    codes = np.random.default_rng(2).standard_normal((1000, 3)) * [1, 0.05, 0.2]
    assert used_latents(codes).tolist() == [0, 2]
    assert score(lambda v: np.hstack([v, 1e-3 * v])).value == pytest.approx(1)
