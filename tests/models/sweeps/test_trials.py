"""Trials are claimed, pruned, taken up again, and replicated."""

from dataclasses import replace

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_base.locks import locked_folder
from fractaldream_models.checkpoint import load
from fractaldream_models.sweeps import trials as trials_module
from fractaldream_models.sweeps.page import render_page
from fractaldream_models.sweeps.report import mean, table
from fractaldream_models.training.run_folder import Run
from small_sweeps import drawn, go, report


@pytest.mark.slow
def test_a_dead_trial_is_taken_up_where_it_was_and_nothing_else_changes(place, monkeypatch):
    go(place, out="whole")
    whole = drawn(report(place, "whole"))
    real, calls = trials_module.train, []

    def dies(*args, callbacks, **options):
        calls.append(1)

        def last_words(row):
            callbacks.on_epoch(row)
            if len(calls) == 2 and row["epoch"] == 1:
                raise KeyboardInterrupt

        return real(*args, callbacks=replace(callbacks, on_epoch=last_words), **options)

    with monkeypatch.context() as patch:
        patch.setattr(trials_module, "train", dies)
        with pytest.raises(KeyboardInterrupt):
            go(place, out="cut")
    assert {t.state for t in report(place, "cut").trials} == {"complete", "running"}
    with locked_folder(
        place / "cut" / "0001", "held"
    ):  # it lives elsewhere: left alone, finalists not yet trained
        result = go(place, out="cut")
        assert (result.complete, result.running, result.replicates) == (2, 1, 0)
    lines = []
    assert go(place, out="cut", log=lines.append).replicates == 1
    assert lines[0] == "trial 1: taken up again"
    assert drawn(report(place, "cut")) == whole
    assert [row["epoch"] for row in Run(place / "cut" / "0001" / "seed-0").rows()] == [1, 2]
    assert go(place, out="cut").complete == 3  # nothing left to do
    assert go(place, out="cut", trials=4).complete == 4


def test_a_trial_that_always_dies_is_given_up(place, monkeypatch):
    def dies(*_, **__):
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(trials_module, "train", dies)
        for _ in range(1 + trials_module.DEATHS):
            with pytest.raises(MemoryError):
                go(place, trials=1)
    assert Run(place / "runs").features.exists()  # learnt before any trial, for all of them
    result = go(place, trials=1)
    assert (result.failed, result.running, result.best) == (1, 0, None)
    assert "died 4 times" in table(report(place))


def test_bad_trials_are_pruned_and_failed_ones_say_why(place):
    (place / "rates.toml").write_text("[lr_e]\nchoices = [1e-3, 9e-4, 8e-4, 1e-30, 1e30]\n")
    # of this seed 1e-30 comes third, and again when more have ended than are compared at least
    result = go(place, trials=10, space="rates.toml", finalists=0, seed=20)
    study_report = report(place)
    states = [
        (t.settings["lr_e"], t.state) for t in sorted(study_report.trials, key=lambda t: t.number)
    ]
    assert states[2] == (1e-30, "complete") and states[7] == (1e-30, "pruned")
    assert {state for rate, state in states if rate == 1e30} == {"fail"}
    assert {state for rate, state in states if rate in (1e-3, 9e-4)} == {"complete"}
    assert "not finite" in table(study_report)
    assert {t.epochs for t in study_report.trials if t.state == "pruned"} == {1}
    assert result.complete + result.pruned + result.failed == 10


def test_finalists_are_judged_by_new_seeds_alone_and_a_lost_one_is_shown(place, monkeypatch):
    real = trials_module.train

    def fails(*args, options, **others):
        if options.seed == 2:
            raise BadInput("no memory")
        return real(*args, options=options, **others)

    monkeypatch.setattr(trials_module, "train", fails)
    assert go(place, seeds=4).replicates == 2
    study_report = report(place)
    best = study_report.finalists[0]
    folder = place / "runs" / f"{best.number:04d}"
    new = [load(folder / f"seed-{s}" / "ckpt.pt").metrics["chosen"]["value"] for s in (1, 3)]
    middle, spread = mean(best)
    assert sorted(best.replicates) == sorted(new) and best.value not in new
    assert middle == pytest.approx(sum(new) / 2)
    assert spread == pytest.approx(abs(new[0] - new[1]) / 2**0.5)
    for text in (table(study_report), render_page(study_report)):
        assert f"trial {best.number}, seed 2 failed: no memory" in text and f"{middle:.5g}" in text
