"""Correspondence that is planted, in full and in part."""

import dataclasses

import numpy as np
import pytest

from evalkit.correspondence.nulls.ensembles import SHARED, Ensemble
from evalkit.correspondence.power import planted
from evalkit.correspondence.rungs import neighbourhood
from evalkit.correspondence.session import ProbeImages, Session
from quick_ladder import QUICK

pytestmark = pytest.mark.usefixtures("short")


@pytest.mark.slow
def test_power_finds_the_map_behind_its_symmetries_and_not_what_hardly_follows(
    usual, learnt, monkeypatch
):
    few = dataclasses.replace(QUICK, rotations=19, replicates=4)
    session = Session.render(usual, learnt[0], few)
    nothing = Ensemble("", np.full(19, -9.0), np.full(19, -9.0), np.zeros(19))
    ensembles = dict.fromkeys(SHARED, nothing)
    references = neighbourhood.references(ProbeImages.render(session, []))
    plan = planted.Planted(session, ensembles, [], references, np.random.default_rng(0))
    for k in range(few.replicates):
        detected, score = plan.symmetry(1.0, k)
        # the best of all symmetries, one of which is none: in other batches, to float32
        assert detected and score >= plan.identity(1.0, k)[1] * (1 - 1e-6)
    hardly = [plan.symmetry(0.05, k)[0] for k in range(few.replicates)]
    assert sum(hardly) < few.replicates / 2
    monkeypatch.setattr(planted, "DRAWS_AT_ONCE", 5)  # an early end changes no decision
    assert [plan.symmetry(0.05, k)[0] for k in range(few.replicates)] == hardly
    assert plan.symmetry(1.0, 0)[0]
    kept_images = plan.images(1.0, 0)
    assert not np.array_equal(kept_images[1], plan.images(1.0, 1)[1])  # latents of their own
    plan.rendered.clear()
    plan.memory_left = 0  # what there is no room for is rendered again, the same
    for first, other in zip(kept_images, plan.images(1.0, 0), strict=True):
        assert np.array_equal(first, other)
    assert not plan.rendered
