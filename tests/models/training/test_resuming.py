"""Runs that go on: what they keep, what may change, and what is refused."""

import json
from dataclasses import replace
from pathlib import Path

import h5py
import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint, kinds
from fractaldream_models.checkpoint import load
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train
from models_files import write_dataset
from small_runs import CPU, RESUME, fit, same_weights, small


def test_more_epochs_go_on_from_a_finished_run(dataset, tmp_path):
    fit(dataset, tmp_path / "whole", epochs=4)
    fit(dataset, tmp_path / "short", epochs=2)
    train(dataset, tmp_path / "short", {"epochs": 4}, options=RESUME)
    same_weights(tmp_path / "whole" / "state.pt", tmp_path / "short" / "state.pt")


def test_a_resumed_run_keeps_its_images_and_its_precision(dataset, tmp_path, monkeypatch):
    data = tmp_path / "data.h5"
    data.write_bytes(Path(dataset).read_bytes())
    monkeypatch.chdir(tmp_path)
    fit("data.h5", "run", epochs=1)
    with pytest.raises(BadInput, match="has precision 32, not bf16"):
        train("data.h5", "run", {"epochs": 2}, options=replace(RESUME, precision="bf16"))
    # by another name of the same file
    assert train(data, "run", {"epochs": 2}, options=RESUME).epochs == 2
    with h5py.File(data, "r+") as file:
        file.attrs["content_sha256"] = "other"
    with pytest.raises(BadInput, match="other images"):
        train("data.h5", "run", {"epochs": 3}, options=RESUME)


def test_a_resumed_run_says_by_which_figure_it_goes_on_to_choose(dataset, tmp_path, capsys):
    out = tmp_path / "run"
    fit(dataset, out, epochs=1)
    content = checkpoint.read(out / "state.pt")
    content["best"]["by"] = "kernel_distance"  # as an older version chose
    checkpoint.write(content, out / "state.pt")
    train(dataset, out, {"epochs": 2}, options=RESUME, progress=True)
    messages = capsys.readouterr().err
    assert "epoch with lowest kernel distance between" in messages and "or a later one" in messages
    (out / "run.json").write_text('{"settings": ')
    with pytest.raises(BadInput, match=r"run\.json: damaged, not JSON; copy it again"):
        train(dataset, out, {"epochs": 3}, options=RESUME)


def test_a_resumed_run_may_lower_its_rates(dataset, tmp_path):
    fit(dataset, tmp_path / "run", epochs=1)
    changes = {"epochs": 2, "lr_e": 1e-30, "lr_g": small().lr_g}
    train(dataset, tmp_path / "run", changes, options=RESUME)
    rows = Run(tmp_path / "run").rows()
    assert [row["lr_e"] for row in rows] == [4e-4, 1e-30]
    state = checkpoint.read(tmp_path / "run" / "state.pt")
    assert state["optimizers"]["autoencoder"]["param_groups"][0]["lr"] == 1e-30


def test_a_resumed_run_has_no_fewer_epochs_than_are_complete(dataset, tmp_path):
    fit(dataset, tmp_path / "run", epochs=2)
    with pytest.raises(BadInput, match="has 2 complete epochs, more than 1"):
        train(dataset, tmp_path / "run", {"epochs": 1}, options=RESUME)
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["settings"]["epochs"] == 2


def test_a_resumed_run_finds_its_images_where_they_were_moved(dataset, tmp_path):
    fit(dataset, tmp_path / "run", epochs=1)
    moved = Path(dataset).rename(tmp_path / "moved.h5")
    other = write_dataset(tmp_path / "other.h5", n=50)
    with pytest.raises(BadInput, match="holds other images"):
        train(other, tmp_path / "run", {"epochs": 2}, options=RESUME)
    assert train(moved, tmp_path / "run", {"epochs": 2}, options=RESUME).epochs == 2
    record = json.loads((tmp_path / "run" / "run.json").read_text())
    assert record["source"] == str(moved)


def test_a_resumed_run_keeps_its_number_of_threads(dataset, tmp_path):
    before = torch.get_num_threads()
    train(dataset, tmp_path / "run", small(epochs=1), options=replace(CPU, threads=2))
    train(dataset, tmp_path / "run", {"epochs": 2}, options=RESUME)
    assert Run(tmp_path / "run").stored("threads") == 2
    assert torch.get_num_threads() == before


@pytest.mark.parametrize("choose", ["kernel", "reconstruction"])
def test_the_choice_of_a_resumed_run_is_that_of_an_undisturbed_one(choose, dataset, tmp_path):
    fit(dataset, tmp_path / "whole", epochs=4, choose=choose)
    fit(dataset, tmp_path / "cut", epochs=2, choose=choose)
    train(dataset, tmp_path / "cut", {"epochs": 4}, options=RESUME)
    whole, cut = (load(tmp_path / run / "last.pt").metrics for run in ("whole", "cut"))
    assert whole["chosen"] == cut["chosen"]


def test_what_a_kind_keeps_between_steps_is_restored(dataset, tmp_path, monkeypatch):
    kind = kinds.find("vae")

    def remembers(step, batch):
        kind.train_batch(step, batch)
        step.memory["steps"] = step.memory.get("steps", torch.zeros(())) + 1

    monkeypatch.setattr(kinds, "find", lambda name: replace(kind, train_batch=remembers))
    fit(dataset, tmp_path / "run", kind="vae", epochs=1)
    train(dataset, tmp_path / "run", {"epochs": 3}, options=RESUME)
    content = checkpoint.read(tmp_path / "run" / "state.pt")
    assert content["memory"]["steps"] == content["steps"] > 3
