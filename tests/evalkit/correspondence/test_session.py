"""Test what all rungs share: latents, turns and images, the same for the same seed."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from evalkit.correspondence import session as sessions
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.session import ProbeImages, Session, as_uint8
from evalkit.inputs.model import from_callable

INVERSE = SimpleNamespace(hidden=lambda small: small.reshape(len(small), -1), answer=len)
OPTIONS = CorrespondOptions(n=12, rotations=19, seed=3)


@pytest.fixture(scope="module")
def rendered(fd):
    return Session.render(fd, INVERSE, OPTIONS)


def test_a_seed_gives_the_same_pairs_and_turns(fd, rendered):
    again = Session.render(fd, INVERSE, OPTIONS)
    assert np.array_equal(again.v, rendered.v) and np.array_equal(again.small, rendered.small)
    for group, turns in rendered.turns.items():
        assert turns.shape == (19, 6, 6) and np.array_equal(again.turns[group], turns)
        assert np.allclose(turns @ turns.transpose(0, 2, 1), np.eye(6))
    other = Session.render(fd, INVERSE, replace(OPTIONS, seed=4))
    assert not np.allclose(other.v, rendered.v)
    assert rendered.pictures.shape == (8, 32, 32, 1) and len(set(rendered.picture_rows)) == 8


def test_six_latents_are_those_of_the_pairs_and_others_are_fresh(fd, rendered):
    itself = rendered.subject(from_callable(fd.levels, "planted"))
    assert itself.comparable and itself.z is rendered.v
    assert np.array_equal(itself.small, rendered.small)  # the map of the same latents
    three = from_callable(lambda z: np.tile(z[:, :1, None] > 0, (8, 8)) / 1.0, "flat", latent=3)
    subject = rendered.subject(three)
    assert not subject.comparable and subject.z.shape == (12, 3)
    assert subject.pictures.shape == (8, 8, 8, 1) and subject.mixture == 12


def test_models_that_encode_need_fewer_images_the_first_of_more(fd, rendered, monkeypatch):
    monkeypatch.setattr(sessions, "PROBE_IMAGES", 24)
    monkeypatch.setattr(sessions, "ENCODED_IMAGES", 8)
    learnt, encoded = (
        [SimpleNamespace(model=SimpleNamespace(encodes=encodes))] for encodes in (False, True)
    )
    many, few = ProbeImages.render(rendered, learnt), ProbeImages.render(rendered, encoded)
    assert len(many.v) == 24 and len(few.v) == len(few.levels) == len(few.hidden) == 8
    assert np.array_equal(many.v[:8], few.v) and np.array_equal(many.levels[:8], few.levels)


def test_pictures_are_rounded_to_levels():
    images = np.array([0, 0.5, 1]).reshape(1, 3, 1, 1)
    assert as_uint8(images).tolist() == [[[[0, 128, 255]]]]
