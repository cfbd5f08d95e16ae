"""All scores together on answers that are known, and their intervals."""

import dataclasses

import numpy as np
import pytest
from scipy.linalg import hadamard
from scipy.stats import ortho_group

from evalkit.disentanglement.options import DisentangleOptions
from evalkit.disentanglement.results import SCORES
from evalkit.disentanglement.scores import score_codes

NAMES = ("a", "b", "c", "d")


QUICK = DisentangleOptions(draws=40, trees=8, refits=2, votes=80)


def ask(code, n=1500, factors=4, **choices):
    """The scores of `code`, a function of factors (n, K) to codes, for uniform factors."""
    rng = np.random.default_rng(0)
    v = rng.uniform(0, 3, (n, factors))

    def shared_factor(k, rng):
        rows = rng.uniform(0, 3, (64, factors))
        rows[:, k] = rows[0, k]
        return code(rows)

    options = dataclasses.replace(QUICK, **choices)
    return score_codes(code(v), v, NAMES[:factors], shared_factor=shared_factor, options=options)


def noise_of(v):
    return np.random.default_rng(len(v) + int(1e6 * v[0, 0])).standard_normal((len(v), 5))


@pytest.fixture(scope="module")
def answers():
    turn = hadamard(4) / 2  # every factor in every latent, as much
    return {
        "perfect": ask(lambda v: v),
        "permuted": ask(lambda v: np.exp(-v[:, ::-1])),
        "rotated": ask(lambda v: v @ turn),
        "random": ask(noise_of),
    }


@pytest.mark.parametrize("name", ["perfect", "permuted"])
def test_one_latent_for_each_factor_is_perfect(answers, name):
    scores = answers[name].scores
    assert set(scores) == set(SCORES)
    assert scores["mig"].value > 0.93
    assert scores["sap"].value > (0.98 if name == "perfect" else 0.8)
    assert scores["disentanglement"].value > 0.97
    assert scores["completeness"].value > 0.97
    assert scores["informativeness"].value > 0.98
    assert scores["factor_vae"].value == 1


def test_a_rotation_is_informative_and_entangled(answers):
    scores = answers["rotated"].scores
    assert scores["informativeness"].value > 0.8
    for name in ("mig", "sap", "disentanglement", "completeness"):
        assert scores[name].high < answers["perfect"].scores[name].low - 0.2, name
    assert scores["factor_vae"].value < 0.6


def test_codes_that_know_nothing_score_as_chance_does(answers):
    scores = answers["random"].scores
    for name in ("mig", "sap", "disentanglement", "completeness", "informativeness"):
        assert scores[name].value < 0.05, name
        assert abs(scores[name].value - scores[name].chance) < 0.05, name
    assert scores["factor_vae"].low <= 0.25 <= scores["factor_vae"].high


def test_unused_latents_change_nothing_but_the_evenness_they_are_counted_in():
    rng = np.random.default_rng(1)
    padded = ask(lambda v: np.hstack([v, 1e-3 * rng.standard_normal((len(v), 6))]))
    assert padded.used == 4 and padded.latent == 10
    assert padded.scores["factor_vae"].value == 1
    assert padded.scores["mig"].value > 0.9
    assert padded.scores["disentanglement"].value > 0.9


def test_intervals_hold_their_estimates_and_narrow_with_more_images():
    turn = ortho_group.rvs(4, random_state=5)
    few, many = (ask(lambda v: v @ turn, n=n) for n in (300, 3000))
    for name in SCORES:
        for answer in (few, many):
            score = answer.scores[name]
            assert 0 <= score.low <= score.value <= score.high <= 1, name
    for name in ("mig", "sap", "informativeness"):
        narrow, wide = (s.scores[name].high - s.scores[name].low for s in (many, few))
        assert narrow < wide, name


def test_intervals_cover_what_many_more_images_say():
    """MIG of a rotated code from 400 images: its interval holds the value of 20,000 mostly."""
    turn = ortho_group.rvs(3, random_state=2)

    def mig(n, seed, draws):
        rng = np.random.default_rng(seed)
        v = rng.uniform(0, 3, (n, 3))
        options = DisentangleOptions(bins=5, draws=draws, trees=1, refits=0, seed=seed)
        z = v @ turn + 0.1 * rng.standard_normal(v.shape)
        return score_codes(z, v, NAMES[:3], options=options).scores

    truth = mig(20_000, 99, 100)
    for name in ("mig", "sap"):
        hits = sum(
            s[name].low <= truth[name].value <= s[name].high
            for s in (mig(400, seed, 100) for seed in range(12))
        )
        assert hits >= 9, name


def test_the_same_seed_gives_the_same_figures():
    first, second = (ask(noise_of, n=200) for _ in range(2))
    assert first == second
