"""Processes are started, train the run of one process, and end together."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.settings import Settings, override
from fractaldream_models.training import trainer
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.run_folder import Run
from models_files import write_dataset

SMALL = {"kind": "aae", "latent": 6, "width": 0.1, "batch": 8, "channels": 1, "hflip": True}
# Adam turns the rounding of a gradient of zero (a bias before BatchNorm) into a whole step
PLAIN = {"optimizer": "sgd", "lr_e": 5e-4, "lr_g": 5e-4, "lr_d": 5e-4, "latent_loss": "moments"}
ONE = {**SMALL, **PLAIN, "epochs": 2}


def command(source, out, **changes):
    words = [
        "fractaldream_models.cli",
        "train",
        str(source),
        "--device",
        "cpu",
        "--quiet",
        "--out",
        str(out),
    ]
    for key, value in {**SMALL, **PLAIN, **changes}.items():
        words += ["--set", f"{key}={value}"]
    return words


def run(*words):
    result = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, timeout=300
    )
    assert result.returncode == 0, result.stderr
    return result


@pytest.mark.slow
def test_begun_by_torchrun_and_resumed_by_fabric_it_is_the_run_of_one_process(tmp_path):
    source = write_dataset(tmp_path / "data.h5")
    options = TrainOptions(device="cpu")
    trainer.train(source, tmp_path / "one", override(Settings(), ONE), options=options)
    out = tmp_path / "two"
    torchrun = ["torch.distributed.run", "--nproc-per-node", "2", "-m"]
    run(*torchrun, *command(source, out, epochs=1))
    result = run(*command(source, out, epochs=2), "--devices", "2", "--resume", "--json")
    assert json.loads(result.stdout)["epochs"] == 2
    rows = [Run(folder).rows() for folder in (tmp_path / "one", out)]
    for a, b in zip(*rows, strict=True):
        for name, value in a.items():
            if isinstance(value, float) and name != "images_per_second":
                assert b[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name
    files = [{p.name for p in folder.iterdir()} for folder in (tmp_path / "one", out)]
    assert {n for n in files[0] if "events" not in n} == {n for n in files[1] if "events" not in n}


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_a_lost_process_ends_the_run_in_one_line(tmp_path):
    source, out = write_dataset(tmp_path / "data.h5"), tmp_path / "run"
    launch = [sys.executable, "-m", *command(source, out, epochs=1000), "--devices", "2"]
    process = subprocess.Popen(launch, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not Run(out).rows():
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    lines = process.communicate(timeout=100)[1].splitlines()
    assert process.returncode == 2 and not any("Traceback" in line for line in lines), lines
    assert "lost another one" in lines[-1] and "--resume" in lines[-1]
    assert checkpoint.read(out / "state.pt")["epoch"] == len(Run(out).rows())


@pytest.mark.slow
def test_a_process_lost_while_the_first_waits_ends_the_run_in_one_line(tmp_path):
    (tmp_path / "run.py").write_text(
        "import os, signal\n"
        "from fractaldream_models.distributed import launching, lost_process\n"
        "lost_process.GRACE = 0\n"
        "if os.environ.get('LOCAL_RANK') == '1':\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "launching.start(launching.open_fabric('cpu', 2, 'ddp', '32'))\n"
    )
    result = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env=os.environ | {"PYTHONPATH": str(Path(trainer.__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=100,
    )
    lines = result.stderr.splitlines()
    assert result.returncode == 2 and "Traceback" not in result.stderr, result.stderr
    assert "process 1 of 2 was lost" in lines[-1] and "--resume" in lines[-1]


def test_what_cannot_be_shared_is_said_before_any_process_starts(tmp_path):
    source, out = str(write_dataset(tmp_path / "data.h5")), tmp_path / "no"
    for changes, strategy, message in (
        ({"batch": 7}, "ddp", "batch 7 over 2 processes"),
        ({"latent": 5, "paired_weight": 1}, "auto", "latent=6"),
        ({}, "fsdp", "give auto or ddp"),
    ):
        settings = override(Settings(), ONE | changes)
        options = TrainOptions(device="cpu", devices=2, strategy=strategy)
        with pytest.raises(BadInput, match=message):
            trainer.train(source, out, settings, options=options)
    assert not out.exists()
