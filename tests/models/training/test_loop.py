"""The loop: restartable to the bit, stopped by NaN, watched, the same for all kinds."""

import json
import signal
import subprocess
import sys
import time

import h5py
import pytest
import torch
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.checkpoint import load
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.training.options import Callbacks, TrainOptions
from fractaldream_models.training.planning import plan
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.step import Step
from fractaldream_models.training.trainer import train
from models_files import write_mnist
from small_runs import CPU, RESUME, SMALL, figures, fit, same_weights, small


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


@pytest.mark.parametrize("kind", built_in())
def test_every_kind_learns_through_the_one_loop(kind, tmp_path):
    write_mnist(tmp_path / "idx")
    changes = {"kind": kind, "size": 16, "resize": True, "part": "test", "epochs": 1}
    if kind == "clustergan":
        changes["clusters"] = 2
    settings = small(**changes, ema=0.9 if kind == "dcgan4" else 0, latent=3)
    second = "mnist" if find(kind).domains else None
    root = str(tmp_path / "idx")
    options = TrainOptions(device="cpu", root=root, second=second)
    result = train("mnist", tmp_path / "run", settings, options=options)
    model = load(result.checkpoint)
    fresh = plan("mnist", settings, root=root, second=second)
    before = build_like(fresh.config)
    moved = [
        name
        for name, p in model.named_parameters()
        if not torch.equal(p, dict(before.named_parameters())[name])
    ]
    assert {name.split(".")[0] for name in moved} == {n for n, _ in model.named_children()}


def build_like(config):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build(config)


class Killed(Exception):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("ema", [0, 0.9])
@pytest.mark.parametrize("moment", ["batch", "checkpoint", "log", "state"])
def test_a_run_killed_at_any_moment_ends_bit_identical(moment, ema, dataset, tmp_path, monkeypatch):
    changes = {"epochs": 4, "ema": ema}
    if ema > 0:  # both count steps over the whole run
        changes |= {"r1_weight": 1.0, "penalty_every": 3, "augment": "photographs"}
    fit(dataset, tmp_path / "whole", **changes)
    calls = {"n": 0}

    def dies(function, at):
        def wrapper(*args, **kwargs):
            calls["n"] += 1
            if calls["n"] == at:
                raise Killed
            return function(*args, **kwargs)

        return wrapper

    with monkeypatch.context() as patch:
        if moment == "batch":
            patch.setattr(Step, "__call__", dies(Step.__call__, 9))
        elif moment == "checkpoint":
            patch.setattr(checkpoint, "save", dies(checkpoint.save, 3))
        elif moment == "log":
            patch.setattr(Run, "log", dies(Run.log, 3))
        else:  # features, then two writes an epoch: last.pt and state.pt
            patch.setattr(checkpoint, "write", dies(checkpoint.write, 7))
        with pytest.raises(Killed):
            fit(dataset, tmp_path / "cut", **changes)
    train(dataset, tmp_path / "cut", small(), options=RESUME)
    for name in ("state.pt", "last.pt", "ckpt.pt"):
        same_weights(tmp_path / "whole" / name, tmp_path / "cut" / name)
    assert figures(tmp_path / "whole") == figures(tmp_path / "cut")


@pytest.mark.slow
def test_a_killed_process_resumes_bit_identical(dataset, tmp_path):
    command = [
        sys.executable,
        "-m",
        "fractaldream_models.cli",
        "train",
        dataset,
        "--device",
        "cpu",
        "--quiet",
    ]
    for key, value in {**SMALL, "epochs": 6}.items():
        command += ["--set", f"{key}={value}"]
    subprocess.run([*command, "--out", tmp_path / "whole"], check=True, capture_output=True)
    cut = tmp_path / "cut"
    for attempt in range(3):
        process = subprocess.Popen(
            [*command, "--out", cut, *(["--resume"] if attempt else [])],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        goal = attempt + 1
        while process.poll() is None and len(Run(cut).rows()) < goal:
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()
    subprocess.run([*command, "--out", cut, "--resume"], check=True, capture_output=True)
    same_weights(tmp_path / "whole" / "state.pt", cut / "state.pt")
    same_weights(tmp_path / "whole" / "ckpt.pt", cut / "ckpt.pt")
    assert figures(tmp_path / "whole") == figures(cut)


def test_a_run_folder_is_for_one_process_at_a_time(dataset, tmp_path):
    out = tmp_path / "run"
    fit(dataset, out, epochs=1)
    state = (out / "state.pt").read_bytes()
    with Run(out).alone():
        with pytest.raises(BadInput, match="another process trains there"):
            train(dataset, out, {"epochs": 2}, options=RESUME)
        assert (out / "state.pt").read_bytes() == state
    assert train(dataset, out, {"epochs": 2}, options=RESUME).epochs == 2


def test_a_disk_full_leaves_the_checkpoint_as_it_was(tmp_path, monkeypatch):
    path = tmp_path / "c.pt"
    checkpoint.write({"a": torch.ones(2)}, path)

    def full(*_):
        raise RuntimeError("[enforce fail at inline_container.cc:603] unexpected pos 64 vs 0")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(BadInput, match="disk is full"):
        checkpoint.write({"a": torch.zeros(2)}, path)
    assert [p.name for p in tmp_path.iterdir()] == ["c.pt"]
    assert checkpoint.read(path)["a"].sum() == 2


def test_equal_pictures_are_refused_and_equal_held_out_ones_are_no_crash(dataset, tmp_path):
    with h5py.File(dataset, "r+") as file:
        images = file["images"][:]
        images[file["split"][:] == 1] = images[0]
        file["images"][:] = images
    result = fit(dataset, tmp_path / "run", epochs=1)
    assert "diversity_ratio" not in Run(result.run).rows()[0]
    with h5py.File(dataset, "r+") as file:
        file["images"][:] = 0
    with pytest.raises(BadInput, match="all 42 training images are the same picture"):
        fit(dataset, tmp_path / "no", epochs=1)


def test_troubles_reach_the_callback_alone(dataset, tmp_path, capsys):
    said = []
    callbacks = Callbacks(on_trouble=said.append)
    settings = small(kind="vae", epochs=1, lr_e=1e-9)
    train(dataset, tmp_path / "run", settings, options=CPU, callbacks=callbacks)
    assert "samples alike" in said[0] and not capsys.readouterr().err


def test_nan_stops_the_run_and_leaves_the_last_good_checkpoint(dataset, tmp_path, monkeypatch):
    step, calls = Step.__call__, []

    def poisoned(self, x, *rest):
        calls.append(1)
        return step(self, x * float("nan") if len(calls) > 8 else x, *rest)

    monkeypatch.setattr(Step, "__call__", poisoned)
    with pytest.raises(BadInput, match="not finite in epoch 2"):
        fit(dataset, tmp_path / "run")
    model = load(tmp_path / "run" / "ckpt.pt")
    assert model.metrics["epoch"] == 1
    assert all(value.isfinite().all() for value in model.state_dict().values())


def test_an_adversary_leaves_no_gradient_in_the_discriminator():
    model = build(ModelConfig("aae", 16, 1, 4, width=0.05))
    step = Step(model, small(), torch.Generator().manual_seed(0))
    seen = {}
    update = step.update

    def watched(name, loss):
        update(name, loss)
        gradients = [p.grad for p in model.discriminator.parameters()]
        seen[name] = [None if g is None else g.clone() for g in gradients]

    step.update = watched
    step(torch.rand(4, 1, 16, 16), None, None)
    assert seen["autoencoder"] == [None] * len(seen["autoencoder"])
    for after_d, after_g in zip(seen["discriminator"], seen["generator"], strict=True):
        assert torch.equal(after_d, after_g)
    assert all(p.requires_grad for p in model.discriminator.parameters())


def test_paired_training_ties_images_to_their_parameters(dataset, tmp_path):
    errors = []
    for weight in (0, 2000):  # beside nats, which are sums over pixels
        settings = small(kind="ae", paired_weight=weight, epochs=15, lr_e=3e-3, width=0.3)
        result = train(dataset, tmp_path / str(weight), settings, options=CPU)
        data = plan(dataset, settings).data
        decoded = load(result.run + "/last.pt").decode(data.params[data.train])
        errors.append((decoded - data.batch(data.train, (0, 1))).square().mean().item())
    assert errors[1] < 0.7 * errors[0]


def test_paired_training_says_what_it_needs(dataset, tmp_path):
    with pytest.raises(BadInput, match="latent=6"):
        plan(dataset, small(paired_weight=1, latent=5))


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("saturating", [False, True])
def test_options_of_the_adversaries_run(optimizer, saturating, dataset, tmp_path):
    changes = {"batchnorm": False, "spectral_norm": True, "label_noise": 0.5, "hflip": True}
    changes |= {"optimizer": optimizer, "saturating": saturating, "real_low": 0.7}
    lr = {"lr_g": 1e-3, "lr_e": 1e-3, "lr_d": 1e-3}
    assert fit(dataset, tmp_path / "run", epochs=1, **changes, **lr).epochs == 1


def test_out_of_memory_names_the_mend(dataset, tmp_path, monkeypatch):
    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Step, "__call__", full)
    with pytest.raises(BadInput, match=r"batch 8.*out of memory.*--set batch"):
        fit(dataset, tmp_path / "run")


def test_folders_and_devices_that_cannot_be_used(dataset, tmp_path):
    with pytest.raises(BadInput, match="no run to resume"):
        train(dataset, tmp_path / "none", small(), options=RESUME)
    fit(dataset, tmp_path / "run", epochs=1)
    with pytest.raises(BadInput, match="add --resume"):
        fit(dataset, tmp_path / "run")
    with pytest.raises(BadInput, match="latent=6, not 7"):
        train(dataset, tmp_path / "run", {"latent": 7}, options=RESUME)
    with pytest.raises(BadInput, match="device 'tpu' is not there"):
        train(dataset, tmp_path / "x", small(), options=TrainOptions(device="tpu"))


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no GPU here")
def test_a_gpu_trains_in_bf16(dataset, tmp_path):
    result = train(dataset, tmp_path / "run", small(), options=TrainOptions(device="cuda"))
    assert load(result.checkpoint).sample(2).isfinite().all()
