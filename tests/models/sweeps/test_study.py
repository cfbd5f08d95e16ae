"""Sweeps: what is drawn, pruned, taken up again and reported; what is refused in one line."""

import errno
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time
from dataclasses import replace

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.settings import Settings, override
from fractaldream_models.sweeps import storage
from fractaldream_models.sweeps import trials as trials_module
from fractaldream_models.sweeps.cli import sweep as command
from fractaldream_models.sweeps.options import SweepOptions
from fractaldream_models.sweeps.page import render_page
from fractaldream_models.sweeps.report import mean, sweep_report, table
from fractaldream_models.sweeps.study import sweep
from fractaldream_models.training.folder_lock import locked
from fractaldream_models.training.run_folder import Run
from models_files import write_dataset
from typed import typed

optuna = pytest.importorskip("optuna")
SMALL = {"kind": "ae", "latent": 3, "width": 0.05, "batch": 8, "channels": 1, "epochs": 2}
BASE = override(Settings(), {**SMALL, "optimizer": "sgd"})
SPACE = "[lr_e]\nlow = 1e-5\nhigh = 1e-3\nlog = true\n[latent]\nchoices = [2, 3]\n"


@pytest.fixture
def place(tmp_path):
    (tmp_path / "space.toml").write_text(SPACE)
    write_dataset(tmp_path / "data.h5")
    return tmp_path


def go(place, trials=3, space="space.toml", out="runs", settings=BASE, url=None, **how):
    how = {"finalists": 1, "seeds": 2, "device": "cpu"} | how
    log = how.pop("log", lambda line: None)
    url = url or f"sqlite:///{place}/{out}.db"
    options = SweepOptions(storage=url, trials=trials, out=place / out, **how)
    return sweep(place / "data.h5", options, settings, space=place / space, log=log)


def report(place, out="runs", **how):
    return sweep_report(f"sqlite:///{place}/{out}.db", "sweep", **how)


def drawn(study_report):
    return {t.number: (t.settings, t.state, t.value) for t in study_report.trials}


@pytest.mark.slow
def test_a_sweep_keeps_every_run_and_reports_them_on_one_page(place):
    result = go(place, trials=5)
    assert (result.complete, result.replicates, result.figure) == (5, 1, "validation_mse")
    study_report = report(place)
    values = {}
    for trial in study_report.trials:
        run = Run(place / "runs" / f"{trial.number:04d}" / "seed-0")
        assert trial.run == str(run.folder) and run.grid(2).is_file()
        model = load(run.checkpoint)
        assert model.latent == trial.settings["latent"]
        values[trial.number] = min(row["validation_mse"] for row in run.rows())
        assert trial.value == values[trial.number] == model.metrics["chosen"]["value"]
        assert 1e-5 <= trial.settings["lr_e"] <= 1e-3
    assert [t.value for t in study_report.trials] == sorted(values.values())
    assert (
        result.best == min(values.values())
        and study_report.finalists[0].number == result.best_trial
    )
    assert len(study_report.finalists[0].replicates) == 1
    assert sum(study_report.importances.values()) == pytest.approx(1)
    text, whole = table(study_report), render_page(study_report)
    assert f"{result.best:.5g}" in text and "importance" in text and f"{result.best:.5g}" in whole
    assert whole.count("data:image/png;base64,") == 3 + 5  # figures, and grids of the best
    assert not re.search(r"https?://|<script|<link|src=(?!\"data:)", whole)
    assert report(place, runs=place / "no").trials[0].run is None


@pytest.mark.slow
def test_a_dead_trial_is_taken_up_where_it_was_and_nothing_else_changes(place, monkeypatch):
    go(place, out="whole")
    whole = drawn(report(place, "whole"))
    real, calls = trials_module.train, []

    def dies(*args, callbacks, **how):
        calls.append(1)

        def last_words(row):
            callbacks.on_epoch(row)
            if len(calls) == 2 and row["epoch"] == 1:
                raise KeyboardInterrupt

        return real(*args, callbacks=replace(callbacks, on_epoch=last_words), **how)

    with monkeypatch.context() as patch:
        patch.setattr(trials_module, "train", dies)
        with pytest.raises(KeyboardInterrupt):
            go(place, out="cut")
    assert {t.state for t in report(place, "cut").trials} == {"complete", "running"}
    with locked(
        place / "cut" / "0001"
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


@pytest.mark.slow
def test_two_processes_share_a_journal_and_one_survives_the_other(place):
    words = [
        sys.executable,
        "-m",
        "fractaldream_models.sweeps.cli",
        "run",
        place / "data.h5",
        "--quiet",
    ]
    words += ["--space", place / "space.toml", "--trials", "3", "--out", place / "runs"]
    words += ["--storage", f"journal:///{place}/sweep.log", "--device", "cpu", "--seeds", "1"]
    for key, value in {**SMALL, "epochs": 10}.items():
        words += ["--set", f"{key}={value}"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    first, second = (subprocess.Popen([*map(str, words)], **quiet) for _ in range(2))
    while first.poll() is None and not list((place / "runs").glob("*/*/state.pt")):
        time.sleep(0.02)
    first.send_signal(signal.SIGKILL)
    first.wait()
    assert second.wait(timeout=200) == 0
    # what the first had in hand is left running, if the other had no turn after its death
    done = subprocess.run([*map(str, words), "--json"], capture_output=True, text=True, timeout=200)
    assert json.loads(done.stdout)["complete"] == 3, done.stderr
    runs = [Run(place / "runs" / f"{k:04d}" / "seed-0").rows() for k in range(3)]
    assert [[row["epoch"] for row in rows] for rows in runs] == [list(range(1, 11))] * 3
    yardsticks = {path.read_bytes() for path in (place / "runs").rglob("features.pt")}
    assert len(yardsticks) == 1


def test_each_kind_has_its_own_defaults_where_nothing_else_is_said(place):
    (place / "kinds.toml").write_text("[kind]\nchoices = ['dcgan', 'dcgan4']\n")
    words = ["run", place / "data.h5", "--space", place / "kinds.toml", "--out", place / "runs"]
    words += ["--storage", f"sqlite:///{place}/runs.db", "--device", "cpu", "--finalists", "0"]
    words += ["--trials", "6", "--quiet", "--set", "b1=0.7", "--epochs", "1", "--set", "width=0.05"]
    done = typed(command, *words, catch_exceptions=True)
    assert done.exit_code == 0, done.output
    records = [Run(t.run).record()["settings"] for t in report(place).trials]
    assert {(s["kind"], s["lr_d"], s["leak"], s["b1"]) for s in records} == {
        ("dcgan", 4e-5, 0.1, 0.7),
        ("dcgan4", 2e-4, 0.2, 0.7),
    }
    refused(*words, "--preset", "dcgan4-mnist")  # another study


CONVOLUTIONS = "[depth]\nlow = 1\nhigh = 3\n[kernel]\nchoices = [3, 5, 9]\n"


def test_a_sweep_varies_the_number_and_size_of_convolutions(place):
    (place / "convolutions.toml").write_text(CONVOLUTIONS)
    settings = override(BASE, {"kind": "aae-latent", "epochs": 1})
    result = go(place, trials=3, space="convolutions.toml", settings=settings, seed=2)
    assert (result.complete, result.failed, result.replicates) == (3, 0, 1)
    built = set()
    for trial in report(place).trials:
        config = load(Run(trial.run).checkpoint).config
        assert {"depth": config.depth, "kernel": config.kernel} == trial.settings
        assert Run(trial.run).record()["convolutions"] == trial.settings
        built.add((config.depth, config.kernel))
    assert len(built) > 1
    assert "kernel" in table(report(place))


@pytest.mark.parametrize(
    ("kind", "text", "message"),
    [
        ("aae", CONVOLUTIONS.replace("5", "4"), "depth=1, kernel=4 cannot be built: kernel=4: aae"),
        ("aae", CONVOLUTIONS.replace("high = 3", "high = 6"), "depth=5, kernel=3 cannot be built"),
        ("vae", CONVOLUTIONS, "depth=1, kernel=3 cannot be built: depth=1: a linear vae"),
        ("ae", "[architecture]\nchoices = ['conv', 'linear']\n[kernel]\nlow = 3\nhigh = 4",
         "architecture=linear, kernel=3 cannot be built: kernel=3: a linear ae has no conv"),
        ("aae", "[kind]\nchoices = ['dcgan', 'cgan']", "kind=cgan cannot be built: cgan needs"),
    ],
)  # fmt: skip
def test_a_space_with_a_network_that_cannot_be_built_is_refused_first(kind, text, message, place):
    (place / "wrong.toml").write_text(text)
    words = ["run", place / "data.h5", "--space", place / "wrong.toml", "--out", place / "runs"]
    words += ["--storage", f"sqlite:///{place}/runs.db", "--trials", 2, "--device", "cpu"]
    assert f"{place}/wrong.toml: {message}" in refused(*words, "--kind", kind)
    assert not (place / "runs").exists() and not (place / "runs.db").exists()


def test_finalists_are_judged_by_new_seeds_alone_and_a_lost_one_is_shown(place, monkeypatch):
    real = trials_module.train

    def fails(*args, options, **how):
        if options.seed == 2:
            raise BadInput("no memory")
        return real(*args, options=options, **how)

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


def refused(*words):
    result = typed(command, *words)
    assert result.exit_code == 2, result.output
    assert len(result.stderr.strip().splitlines()) == 1 and not result.stdout
    return result.stderr


def test_what_cannot_be_used_is_one_line(place, monkeypatch):
    monkeypatch.setattr(storage, "PATIENCE", 0.2)
    go(place, trials=1)
    url = f"sqlite:///{place}/runs.db"
    run = ["run", place / "data.h5", "--trials", 2, "--out", place / "runs", "--device", "cpu"]
    run += ["--kind", "ae", "--space", place / "space.toml"]
    assert "another settings" in refused(*run, "--storage", url)
    assert "no such file" in refused("run", place / "no", *run[2:], "--storage", url)
    assert "no such space file" in refused(*run, "--space", "no.toml", "--storage", url)
    assert "give sqlite:///" in refused(*run, "--storage", "sweep.db")
    assert "nobody answers" in refused(*run, "--storage", "grpc://localhost:1")
    assert "give sqlite:///" in refused(*run, "--storage", "grpc://localhost:abc")
    for nothing in ("sqlite://", "sqlite:///:memory:", "journal://"):
        assert "names no file" in refused(*run, "--storage", nothing)
    assert "no such folder" in refused(*run, "--storage", f"sqlite:///{place}/no/sweep.db")
    assert "no such file" in refused("report", "--storage", f"sqlite:///{place}/no.db")
    assert "no study 'x'; there: sweep" in refused("report", "--storage", url, "--study", "x")
    (place / "not.db").write_bytes(b"no database at all" * 100)
    assert "not a database" in refused("report", "--storage", f"sqlite:///{place}/not.db")
    with sqlite3.connect(place / "runs.db") as other:
        other.execute("BEGIN EXCLUSIVE")
        assert "locked by another program" in refused("report", "--storage", url)
        with pytest.raises(BadInput, match="locked by another program"):
            go(place, trials=2)
        other.rollback()
    assert go(place, trials=2).complete == 2
    monkeypatch.setitem(sys.modules, "optuna", None)
    assert "pip install 'fractaldream[sweep]'" in refused("report", "--storage", url)
    assert "pip install 'fractaldream[sweep]'" in refused(*run, "--storage", url)


def test_a_folder_without_locks_is_refused_before_any_trial(place, monkeypatch):
    fcntl = pytest.importorskip("fcntl")

    def flock(*_):
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(BadInput, match="knows no locks; choose another --out"):
        go(place)
    assert not report(place).trials
    with locked(place / "one"):  # one training alone does without
        pass


def test_help_loads_nothing_heavy():
    code = (
        "import sys, fractaldream_models.sweeps.cli;"
        "assert not {'torch', 'optuna'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_folder_of_another_study_is_refused_and_keeps_its_runs(place):
    first = go(place, trials=1, finalists=0, url=f"sqlite:///{place}/one.db")
    run = Run(place / "runs" / "0000" / "seed-0")
    rows = run.rows()
    other = override(BASE, {"width": 0.1})
    with pytest.raises(BadInput, match="holds the runs of another study; give another --out"):
        go(place, trials=1, finalists=0, settings=other, url=f"sqlite:///{place}/two.db")
    assert run.rows() == rows
    again = go(place, trials=1, finalists=0, url=f"sqlite:///{place}/one.db")
    assert (again.complete, again.best) == (1, first.best)


def test_settings_without_effect_are_not_varied(place):
    (place / "none.toml").write_text("[lr_g]\nlow = 1e-5\nhigh = 1e-3\n")
    with pytest.raises(BadInput, match=r"none.toml: \[lr_g\]: means nothing to ae"):
        go(place, space="none.toml")
