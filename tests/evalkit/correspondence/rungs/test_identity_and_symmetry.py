"""Rungs 1 and 2."""

import dataclasses
import zlib

import numpy as np
import pytest
from scipy.stats import binomtest, kstest

from evalkit.correspondence.nulls.generators import (
    axis_network,
    other_attractor,
    radial_network,
    smooth_network,
    untrained,
)
from evalkit.correspondence.options import DISTANCES
from evalkit.correspondence.rungs import axes, identity_and_symmetry
from evalkit.correspondence.rungs.pair_scores import group_scores
from evalkit.correspondence.session import Session
from evalkit.inputs.model import from_callable
from evalkit.networks import inverse_renderer
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import signed_permutations
from fractaldream_models.model import ModelConfig
from quick_ladder import QUICK

pytestmark = pytest.mark.usefixtures("short")
NETWORK = ModelConfig("aae", size=16, channels=3, latent=6, width=0.0625)
IGNORANT = {
    "smooth": lambda rng, fd: smooth_network(6, rng, channels=3),
    "axis": lambda rng, fd: axis_network(6, rng, channels=3),
    "radial": lambda rng, fd: radial_network(6, rng, channels=3),
    "clifford": lambda rng, fd: other_attractor("clifford", rng, fd),
    "untrained": lambda rng, fd: untrained(NETWORK, int(rng.integers(2**31)))[0],
}


@pytest.mark.parametrize("group", ["signed-permutations", "haar"])
def test_a_generator_that_makes_one_image_ties_with_every_draw(usual, learnt, group):
    few = dataclasses.replace(QUICK, rotations=19, group=group)
    always = np.random.default_rng(0).integers(256, size=(32, 32, 3)).astype(np.uint8)
    constant = from_callable(lambda z: np.repeat(always[None], len(z), 0), "constant")
    session = Session.render(usual, learnt[0], few)
    subject = session.subject(constant)
    comparison = identity_and_symmetry.compare("density", learnt[0], subject.small)
    (scores,), kept = identity_and_symmetry.statistic([comparison], usual, session.v, session.turns)
    assert kept == []
    turns = np.concatenate([np.eye(6)[None], session.turns["haar"]])
    best = axes.statistic(subject.z, subject.mixture, turns)
    rungs = identity_and_symmetry.test(
        subject, session, comparison, scores, best, np.random.default_rng(0)
    )
    for rung in rungs[:1] if group == "haar" else rungs:
        assert rung.p_value == 1 and rank("again", rung.statistic, rung.draws).p_value == 1
    if group == "haar":  # rung 2 is then that of the axes
        assert rungs[1].statistic == best.score and rungs[1].p_value == axes.test(best).p_haar


@pytest.mark.slow
@pytest.mark.parametrize("kind", IGNORANT)
def test_ignorant_generators_are_rejected_no_more_often_than_asked(
    usual, learnt, kind, monkeypatch
):
    """The small form of bench/calibration.py: rungs 1 and 2, 50 generators of a kind."""
    monkeypatch.setattr(inverse_renderer, "ROWS", 32)  # of a batch: as many as there are images
    p = {"identity": [], "symmetry": []}
    for rng in np.random.default_rng([4, zlib.crc32(kind.encode())]).spawn(50):
        z = rng.standard_normal((32, 6))
        comparison = identity_and_symmetry.compare(
            "density", learnt[0], IGNORANT[kind](rng, usual)(z)
        )
        turns = np.concatenate([np.eye(6)[None], signed_permutations(6, 39, rng)])
        values = group_scores(comparison.mixtures, z, turns)
        for name, scores in (("identity", values[0]), ("symmetry", values.max(0))):
            p[name].append(rank("", scores[0], scores[1:]).p_value)
    for p_values in p.values():
        rejected = int(np.sum(np.array(p_values) <= 0.05))
        assert binomtest(rejected, 50, 0.05, alternative="greater").pvalue > 1e-3
        assert kstest(p_values, "uniform").pvalue > 1e-4


@pytest.mark.parametrize("distance", DISTANCES)
def test_every_distance_finds_the_map_among_transformed_ones(usual, learnt, distance):
    rng = np.random.default_rng(3)
    v = rng.standard_normal((64, 6))
    comparison = identity_and_symmetry.compare(distance, learnt[0], usual.small(v))
    turns = {"signed-permutations": signed_permutations(6, 39, rng)}
    (scores,), _ = identity_and_symmetry.statistic([comparison], usual, v, turns)
    values = scores["signed-permutations"]
    assert values.shape == (8, 40) and values[0].argmax() == 0
    # no operation fits better than none; the family's attractors come half turned as often, and
    # density alone asks about the family
    assert values[:, 0].argmax() in ((0, 3) if distance == "density" else (0,))
