"""The loop: restartable to the bit, stopped by NaN, watched, the same for all kinds."""

import signal
import subprocess
import sys
import time

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.checkpoint import load
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.planning import plan
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.step import Step
from fractaldream_models.training.trainer import train
from models_files import write_mnist
from small_runs import CPU, RESUME, SMALL, figures, fit, same_weights, small


@pytest.mark.parametrize("kind", built_in())
def test_every_kind_learns_through_the_one_loop(kind, tmp_path):
    write_mnist(tmp_path / "idx")
    changes = {"kind": kind, "size": 16, "resize": True, "part": "test", "epochs": 1}
    if kind == "clustergan":
        changes["clusters"] = 2
    settings = small(**changes, ema=0.9 if kind == "dcgan4" else 0, latent=3)
    second = "fashion-mnist" if find(kind).domains else None
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


def test_paired_training_ties_images_to_their_parameters(dataset, tmp_path):
    errors = []
    for weight in (0, 2000):  # beside nats, which are sums over pixels
        settings = small(kind="ae", paired_weight=weight, epochs=15, lr_e=3e-3, width=0.3)
        result = train(dataset, tmp_path / str(weight), settings, options=CPU)
        data = plan(dataset, settings).data
        decoded = load(result.run + "/last.pt").decode(data.params[data.train])
        errors.append((decoded - data.batch(data.train, (0, 1))).square().mean().item())
    assert errors[1] < 0.7 * errors[0]


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
@pytest.mark.parametrize("saturating", [False, True])
def test_options_of_the_adversaries_run(optimizer, saturating, dataset, tmp_path):
    changes = {"batchnorm": False, "spectral_norm": True, "label_noise": 0.5, "hflip": True}
    changes |= {"optimizer": optimizer, "saturating": saturating, "real_low": 0.7}
    lr = {"lr_g": 1e-3, "lr_e": 1e-3, "lr_d": 1e-3}
    assert fit(dataset, tmp_path / "run", epochs=1, **changes, **lr).epochs == 1
