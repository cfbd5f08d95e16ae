"""Sweeps: what is drawn, pruned, taken up again and reported; what is refused in one line."""

import errno
import json
import re
import signal
import sqlite3
import subprocess
import sys
import time

import h5py
import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.settings import override
from fractaldream_models.sweeps import storage
from fractaldream_models.sweeps.page import render_page
from fractaldream_models.sweeps.report import table
from fractaldream_models.training.run_folder import Run
from models_files import write_dataset
from small_sweeps import BASE, SMALL, go, refused, report

optuna = pytest.importorskip("optuna")


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
    third = subprocess.run(
        [*map(str, words), "--json"], capture_output=True, text=True, timeout=200
    )
    assert json.loads(third.stdout)["complete"] == 3, third.stderr
    runs = [Run(place / "runs" / f"{k:04d}" / "seed-0").rows() for k in range(3)]
    assert [[row["epoch"] for row in rows] for rows in runs] == [list(range(1, 11))] * 3
    yardsticks = {path.read_bytes() for path in (place / "runs").rglob("features.pt")}
    assert len(yardsticks) == 1


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
    with Run(place / "one").alone():  # one training alone does without
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


def test_a_study_belongs_to_the_content_of_its_data(place):
    go(place, trials=1, finalists=0)
    with h5py.File(place / "data.h5", "r+") as file:
        file.attrs["content_sha256"] = "1" * 64
    with pytest.raises(BadInput, match="was begun with another content of the data"):
        go(place, trials=2, finalists=0)
    assert len(report(place).trials) == 1


def test_a_kind_of_two_domains_is_swept_with_its_second_data_set(place):
    write_dataset(place / "other.h5")
    settings = {"kind": "cogan", "latent": 3, "width": 0.05, "batch": 8, "epochs": 1}
    settings |= {"channels": 1, "limit": 16}
    (place / "rate.toml").write_text("[lr_g]\nlow = 1e-5\nhigh = 1e-3\n")
    options = {"trials": 1, "finalists": 0, "space": "rate.toml", "settings": settings}
    with pytest.raises(BadInput, match="give the other one with --second"):
        go(place, out="none", **options)
    assert go(place, second=str(place / "other.h5"), **options).complete == 1
    assert Run(place / "runs" / "0000" / "seed-0").record()["second"] == str(place / "other.h5")
    write_dataset(place / "third.h5")
    with pytest.raises(BadInput, match="was begun with another second"):
        go(place, second=str(place / "third.h5"), **options)


def test_settings_without_effect_are_not_varied(place):
    (place / "none.toml").write_text("[lr_g]\nlow = 1e-5\nhigh = 1e-3\n")
    with pytest.raises(BadInput, match=r"none.toml: \[lr_g\]: means nothing to ae"):
        go(place, space="none.toml")
