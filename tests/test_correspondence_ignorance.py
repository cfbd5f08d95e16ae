"""Families of ignorant generators."""

import numpy as np
import pytest

from evalkit.correspondence.generators import smooth_network
from evalkit.correspondence.ignorance import GAINS, families, growth, matched_gain
from evalkit.correspondence.images import blurred
from evalkit.correspondence.rotation import axes_score
from evalkit.correspondence.transforms import haar


@pytest.fixture(scope="module")
def drawn(fd, learnt):
    rng = np.random.default_rng(0)
    z = rng.standard_normal((64, 6))
    hidden = learnt[0].hidden(smooth_network(6, rng, channels=1)(z))
    return families(
        fd, learnt[0], 64, rng, gain=1.0, config=None, z=z, hidden=hidden, images=512
    )  # fmt: skip


def test_other_attractors_keep_axes_of_their_own(drawn, learnt):
    # rung 2's best axes are found in any generator that has axes: a null without would reject it
    rng = np.random.default_rng(1)
    scores = []
    for child in rng.spawn(30):
        z, hidden = drawn["clifford"][1](child)
        told = learnt[0].answer(hidden)
        scores.append([axes_score(z, told), axes_score(z @ haar(6, 1, rng)[0], told)])
    kept, turned = np.mean(scores, 0)
    assert kept > turned + 0.1


def test_every_family_draws_pairs_of_normal_latents(drawn):
    for name, (what, draw) in drawn.items():
        z = np.concatenate([draw(child)[0] for child in np.random.default_rng(2).spawn(20)])
        assert z.shape == (20 * 64, 6) and what, name
        assert np.allclose(z.mean(0), 0, atol=0.25) and np.allclose(z.std(0), 1, atol=0.2), name


def test_a_gain_is_found_again():
    rng = np.random.default_rng(3)
    z = rng.standard_normal((256, 6))
    network = smooth_network(6, rng, gain=GAINS[6], channels=1)
    gain = matched_gain(growth(z, blurred()(network(z))), 6, 1, 256, rng)
    assert GAINS[5] <= gain <= GAINS[7]
