"""Scores that generators share, kept in the package and in the cache folder."""

import dataclasses
import json

import numpy as np
import pytest

from evalkit.correspondence import map_scores
from evalkit.correspondence.ladder import score_ensembles, streams
from evalkit.correspondence.map_scores import (
    SHIPPED,
    MapScores,
    load_scores,
    save_scores,
    shipped_file,
    shipped_scores,
)
from evalkit.correspondence.nulls.ensembles import SHARED, Ensemble, Pairs, families
from evalkit.correspondence.nulls.gain import GAINS
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.power.search import Power
from evalkit.correspondence.rung_names import TESTED
from evalkit.correspondence.rungs import neighbourhood, rotation
from evalkit.correspondence.session import ProbeImages, Session
from evalkit.family.renderer import renderer_of
from evalkit.inputs.model import from_callable
from evalkit.networks import inverse_renderer
from evalkit.networks.inverse_store import SHIPPED as INVERSES
from evalkit.networks.inverse_store import inverse_of
from fractaldream_base.errors import BadInput

FILES = sorted(SHIPPED.glob("*.json"))
USUAL = CorrespondOptions()
ENSEMBLES = (Ensemble(name, np.arange(3.0), np.ones(3), np.empty(0), name) for name in SHARED)
KNOWN = MapScores(
    {each.key: each for each in ENSEMBLES},
    rotation.Controls(np.arange(2.0), np.zeros(2)),
    {name: Power(0.5, {0.5: 0.9}, {0.5: 1.0}, 100, 0.0125) for name in TESTED},
)


def test_scores_are_read_as_they_were_written(tmp_path):
    save_scores(KNOWN, tmp_path / "scores.json")
    again = load_scores(tmp_path / "scores.json")
    assert again.to_dict() == KNOWN.to_dict() and again.power == KNOWN.power
    assert again.amount == KNOWN.amount and load_scores(tmp_path / "nothing").amount == 0
    (tmp_path / "scores.json").write_text("no")
    with pytest.raises(BadInput, match="computed anew"):
        load_scores(tmp_path / "scores.json")


def test_a_folder_that_cannot_be_written_is_said(tmp_path, capsys):
    (tmp_path / "file").touch()
    save_scores(KNOWN, tmp_path / "file" / "scores.json")
    assert "not kept for the next run" in capsys.readouterr().err


def test_ensembles_of_one_generator_alone_are_not_shared():
    own = Ensemble("its own images", np.ones(3), np.ones(3), np.ones(3))
    other = dataclasses.replace(own, key="untrained")
    scores = KNOWN.with_ensembles([own, other])
    assert set(scores.ensembles) == {*SHARED, "untrained"}
    assert scores.controls is KNOWN.controls and scores.power == KNOWN.power


def test_the_package_answers_the_usual_question_alone(tmp_path, monkeypatch):
    monkeypatch.setattr(map_scores, "SHIPPED", tmp_path)
    monkeypatch.setattr(map_scores, "SHIPPED_NETWORKS", tmp_path)
    inverse, usual = tmp_path / "inverse-abc-400000.pt", dataclasses.replace(USUAL, n=64)
    save_scores(KNOWN, shipped_file(inverse, 64))

    def known(**changes):
        return shipped_scores(inverse, dataclasses.replace(usual, **changes))

    assert known().to_dict() == known(rotations=2000).to_dict() == KNOWN.to_dict()
    assert known(n=65).amount == known(ensemble=79).amount == 0
    assert not known(seed=1).ensembles and known(seed=1).power  # the power serves for every seed
    for changes in ({"replicates": 0}, {"alpha": 0.1}, {"distance": "blur"}, {"rotations": 50}):
        assert known(**changes).ensembles and not known(**changes).power


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_shipped_is_whole(path):
    scores = load_scores(path)
    assert {f"{name}, 6 latents" for name in SHARED} <= set(scores.ensembles)
    for each in scores.ensembles.values():
        assert len(each.rotation) == len(each.axes) == USUAL.ensemble
    assert set(scores.power) in (set(), set(TESTED))  # all or none
    assert all(power.replicates == USUAL.replicates for power in scores.power.values())
    assert len(scores.controls.planted) == rotation.CONTROLS


def asked_about(path):
    """Return the renderer, the inverse renderer's file and the number of pairs of a file."""
    inverse_name, _, n = path.stem.rpartition("-n")
    images = json.loads((INVERSES / "index.json").read_text())[f"{inverse_name}.pt"]
    renderer = renderer_of(
        None, mapping=images["map"], size=images["size"], palette=images["palette"]
    )
    return renderer, INVERSES / f"{inverse_name}.pt", int(n)


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_what_is_shipped_is_used(path):
    """A question at the default options draws none of it again: no name of it has changed."""
    renderer, inverse_file, n = asked_about(path)
    inverse, _, found = inverse_of(renderer, progress=False)
    assert found == inverse_file
    used = shipped_scores(found, CorrespondOptions(n=n, mapping=renderer.mapping))
    assert used.controls is not None and set(used.power) == set(TESTED)
    pairs = Pairs(np.zeros((n, 6)), np.zeros((n, 256), np.float32))
    asked = [
        families(renderer, inverse, pairs, np.random.default_rng(0), gain=float(gain))
        for gain in GAINS
    ]
    assert {asked[0][name].key for name in SHARED} <= set(used.ensembles)
    keys = {family.key for by_name in asked for family in by_name.values()}
    assert set(used.ensembles) <= keys


@pytest.mark.slow
@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_few_that_are_drawn_again_are_the_same(path, monkeypatch):
    monkeypatch.setattr(inverse_renderer, "NATIVE_HALF", False)  # as bench/map_scores.py has it
    renderer, _, n = asked_about(path)
    inverse = inverse_of(renderer, progress=False)[0]
    options = CorrespondOptions(n=n, ensemble=2, mapping=renderer.mapping)
    session = Session.render(renderer, inverse, options)
    fd = from_callable(lambda v: renderer.colours(renderer.levels(v)), "FD")
    subject = session.subject(fd)
    references = neighbourhood.references(ProbeImages.render(session, []))
    again = score_ensembles(
        subject, session, references, 1.0, streams(options.seed)["families"],
        only=["smooth networks", "warped FD", "clifford"],
    )  # fmt: skip
    shipped = load_scores(path).ensembles
    common = [(drawn, shipped[drawn.key]) for drawn in again.values() if drawn.key in shipped]
    assert len(common) >= 2  # random smooth networks come for the default number of pairs alone
    for drawn, known in common:
        # one generator differs from another by a standard deviation; processors, by last digits,
        # after which the search for a rotation may end elsewhere
        for rung, near in (("rotation", 1.0), ("axes", 0.05), ("neighbourhood", 0.05)):
            scores, before = getattr(drawn, rung), getattr(known, rung)
            assert len(scores) == min(options.ensemble, len(before))
            if len(scores):
                assert np.abs(scores - before[: len(scores)]).max() <= near * before.std(), drawn
