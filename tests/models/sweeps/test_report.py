"""A sweep as it stands: trials, finalists, importances and failures."""

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.sweeps import report as module
from fractaldream_models.sweeps.report import SweepReport
from small_sweeps import trial_row


def a_report(**changes):
    trials = [
        trial_row(2, value=0.1, settings={"latent": 3, "lr_e": 1e-4}, replicates=[0.2, 0.4]),
        trial_row(0, value=0.3, settings={"latent": 2, "lr_e": 1e-3}, replicates=[0.1]),
        trial_row(1, state="fail", why="out of memory", settings={"latent": 4}),
    ]
    values = {"trials": trials, "importances": {"latent": 0.75, "lr_e": 0.25}, "unknown": ""}
    return SweepReport("sweep", "data.h5", "validation_mse", **{**values, **changes})


def test_finalists_are_sorted_by_their_new_seeds_alone():
    report = a_report()
    assert [t.number for t in report.finalists] == [0, 2]
    middle, spread = module.mean(report.trials[0])
    assert middle == pytest.approx(0.3) and spread == pytest.approx(0.1414, abs=1e-4)
    assert module.mean(report.trials[1]) == (0.1, None)
    heads, rows = module.finalists(report)
    assert heads[0] == "finalist" and rows[0] == ["0", "0.3", "0.1", "-", "1"]


def test_the_table_has_all_trials_importances_and_failures():
    text = str(a_report())
    first, *_ = text.split("\n\n")
    assert first.splitlines()[0].split() == [
        "trial", "state", "validation_mse", "epochs", "latent", "lr_e"
    ]  # fmt: skip
    assert first.splitlines()[3].split() == ["1", "fail", "-", "2", "4", "-"]
    assert "latent" in text and "0.750" in text and "trial 1 failed: out of memory" in text
    lost = trial_row(3, lost=["seed 5 failed: no such file"])
    assert module.failures(a_report(trials=[lost])) == ["trial 3, seed 5 failed: no such file"]


def test_why_there_are_no_importances_is_said():
    assert "too few trials" in str(a_report(importances={}, unknown="too few trials"))


def test_a_report_without_figures_is_not_drawn():
    failed = a_report(trials=[trial_row(0, state="fail", settings={"latent": 4})])
    with pytest.raises(BadInput, match="no trial has a figure yet"):
        failed.plot()
