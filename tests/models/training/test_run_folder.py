"""The folder of a run."""

import json

import pytest
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.checkpoint import load
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train
from small_runs import RESUME, fit


@pytest.mark.usefixtures("curves")
def test_the_run_folder_holds_what_is_promised(dataset, tmp_path):
    result = fit(dataset, tmp_path / "run", keep_every=2)
    names = {p.name for p in (tmp_path / "run").iterdir()}
    assert {
        *("ckpt.pt", "last.pt", "epoch-0002.pt", "state.pt", "metrics.jsonl", "losses.png"),
        *("run.json", "samples", "features.pt"),
    } <= names
    assert any(name.startswith("events.out.tfevents") for name in names)
    assert not any(name.endswith(".part") for name in names)
    grid = Image.open(tmp_path / "run" / "samples" / "epoch-0003.png")
    assert grid.size == (8 * 18 + 2, 8 * 18 + 2)
    assert Image.open(tmp_path / "run" / "losses.png").width > 400
    rows = Run(tmp_path / "run").rows()
    assert {
        *("reconstruction", "latent", "discriminator", "generator"),
        *("d_real_mean", "d_real_cv", "d_fake_mean", "d_fake_cv"),
        *("validation_mse", "diversity_ratio", "kernel_distance", "images_per_second"),
        *("latent_mean", "latent_variance", "latent_covariance", "latent_normality"),
    } <= set(rows[-1])
    model = load(tmp_path / "run" / "ckpt.pt")
    chosen = model.metrics["chosen"]
    assert result.best_epoch == chosen["epoch"] == model.metrics["epoch"]
    assert chosen["by"] == result.chosen_by == "validation_mse"
    best = min(rows, key=lambda row: row["validation_mse"])
    assert (result.lowest_epoch, result.lowest) == (best["epoch"], best["validation_mse"])
    assert result.best_epoch >= result.lowest_epoch
    assert result.best <= result.lowest + (result.noise or 0)
    assert model.data["param_names"] == ["x0", "y0", "a", "b", "c", "d"]
    assert json.loads((tmp_path / "run" / "run.json").read_text())["settings"]["size"] == 16


def test_a_run_folder_is_for_one_process_at_a_time(dataset, tmp_path):
    out = tmp_path / "run"
    fit(dataset, out, epochs=1)
    state = (out / "state.pt").read_bytes()
    with Run(out).alone():
        with pytest.raises(BadInput, match="another process trains there"):
            train(dataset, out, {"epochs": 2}, options=RESUME)
        assert (out / "state.pt").read_bytes() == state
    assert train(dataset, out, {"epochs": 2}, options=RESUME).epochs == 2
