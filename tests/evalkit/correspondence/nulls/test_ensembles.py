"""Families of ignorant generators."""

import numpy as np
import pytest

from evalkit.correspondence.nulls.ensembles import Pairs, families
from evalkit.correspondence.nulls.generators import (
    other_attractor,
    radial_network,
    smooth_network,
    warped,
)
from evalkit.correspondence.rungs import axes, rotation
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import haar

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def drawn(usual, learnt):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((64, 6))
    hidden = learnt[0].hidden(smooth_network(6, rng, channels=3)(z))
    known = families(usual, learnt[0], Pairs(z, hidden), rng, gain=1.0, images=512)
    for name in ("clifford", "dejong"):  # each makes its attractor when it is first asked
        known[name].draw(rng)
    return known


@pytest.mark.parametrize("family", ["clifford", "dejong"])
def test_other_attractors_keep_axes_of_their_own(family, drawn, learnt):
    # rung 2's best axes are found in any generator that has axes: a null without would reject it
    rng = np.random.default_rng(1)
    scores = []
    for child in rng.spawn(30):
        z, hidden = drawn[family].draw(child)
        mixture = learnt[0].answer(hidden)
        turned = z @ haar(6, 1, rng)[0]
        scores.append([axes.statistic(points, mixture).score for points in (z, turned)])
    kept, turned = np.mean(scores, 0)
    assert kept > turned + 0.1


def test_every_family_draws_pairs_of_normal_latents(drawn):
    for name, (what, draw, _) in drawn.items():
        z = np.concatenate([draw(child)[0] for child in np.random.default_rng(2).spawn(20)])
        assert z.shape == (20 * 64, 6) and what, name
        assert np.allclose(z.mean(0), 0, atol=0.25) and np.allclose(z.std(0), 1, atol=0.2), name


def test_a_hidden_rotation_is_beyond_every_family_and_the_ignorant_are_not(usual, learnt):
    """The small form of bench/calibration.py for rung 3: p is 0.05 at least."""
    rng, network = np.random.default_rng(4), learnt[0]
    pairs = Pairs(np.empty((256, 6)), np.empty(0))
    known = families(usual, network, pairs, rng, gain=1.0)
    del known["own images"]

    def score(z, hidden):
        return rotation.statistic(z, network.answer(hidden), rng, screened=16, starts=4).score

    nulls = [[score(*draw(child)) for child in rng.spawn(19)] for _, draw, _ in known.values()]

    def p_value(sample):
        z = rng.standard_normal((256, 6))
        score_of_sample = score(z, network.hidden(sample(z)))
        return max(rank("", score_of_sample, null).p_value for null in nulls)

    turn = haar(6, 1, rng)[0]
    assert p_value(lambda z: usual.small(z @ turn)) == 0.05
    assert p_value(warped(usual, rng)) > 0.05
    strangers = [other_attractor(name, rng, usual) for name in ("clifford", "dejong") * 2]
    others = [make(6, rng, channels=3) for make in (smooth_network, radial_network) * 3]
    # of 10 at 5%, four or more are one case in 1,000
    assert sum(p_value(sample) <= 0.05 for sample in strangers + others) <= 3
