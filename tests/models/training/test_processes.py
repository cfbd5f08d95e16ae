"""Several processes train what one trains with the same batch, and end together."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch
import torch.distributed as dist
from fractaldream_models import checkpoint
from fractaldream_models.errors import BadInput
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import Settings, override
from fractaldream_models.training import loop as train
from fractaldream_models.training.processes import Processes, SynchronisedBatchNorm2d, synchronise
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.step import Step
from hypothesis import given
from hypothesis import strategies as st
from models_files import write_dataset
from torch import nn

SMALL = {"kind": "aae", "latent": 6, "width": 0.1, "batch": 8, "channels": 1, "hflip": True}
# Adam turns the rounding of a gradient of zero (a bias before BatchNorm) into a whole step
PLAIN = {"optimizer": "sgd", "lr_e": 5e-4, "lr_g": 5e-4, "lr_d": 5e-4, "latent_loss": "moments"}
ONE = {**SMALL, **PLAIN, "epochs": 2}
CASES = [*((kind, "goareguer2019") for kind in built_in()), ("aae", "moments"), ("aae", "mmd")]


def three_steps(processes, kind, latent_loss):
    """Losses and weights after three steps on shares of the same batches, in float64."""
    torch.manual_seed(0)
    model = build(ModelConfig(kind, 16, 1, 4, 10 if find(kind).conditional else 0, width=0.1))
    synchronise(model.double(), processes)
    changes = {**PLAIN, "kind": kind, "latent": 4, "latent_loss": latent_loss}
    settings = override(Settings(), {**changes, "label_noise": 0.5})
    noise = torch.Generator().manual_seed(1)
    step = Step(model, settings, noise, processes)
    losses = []
    with torch.random.fork_rng(devices=[]):
        for _ in range(3):
            x, labels = torch.rand(8, 1, 16, 16).double(), torch.arange(8)
            out = step(processes.share(x), processes.share(labels) if model.classes else None, None)
            losses.append({k: v for k, v in out.items() if v.ndim == 0})
    return losses, model.state_dict()


def worker(rank, size, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=size)
    torch.set_default_dtype(torch.float64)
    found = [three_steps(Processes(rank, size), *case) for case in CASES]
    said = []
    for work in (lambda: None, refuse):  # the last ends the group
        try:
            Processes(rank, size).led(work)
        except BadInput as error:
            said.append(f"{type(error).__name__}: {error}")
    torch.save((found, said), Path(folder) / f"{rank}.pt")


def refuse():
    raise BadInput("no")


@pytest.fixture(scope="module")
def by_two(tmp_path_factory):
    folder = tmp_path_factory.mktemp("two")
    torch.multiprocessing.spawn(worker, (2, str(folder)), nprocs=2)
    both = [torch.load(folder / f"{rank}.pt", weights_only=False) for rank in (0, 1)]
    assert [said for _, said in both] == [["BadInput: no"], ["Elsewhere: no"]]
    return [found for found, _ in both]


@pytest.mark.parametrize("number", range(len(CASES)), ids=["-".join(case) for case in CASES])
def test_two_processes_step_as_one_does(number, by_two):
    torch.set_default_dtype(torch.float64)
    try:
        losses, weights = three_steps(Processes(), *CASES[number])
    finally:
        torch.set_default_dtype(torch.float32)
    for there in by_two:
        for a, b in zip(losses, there[number][0], strict=True):
            assert {k: float(v) for k, v in b.items()} == pytest.approx(
                {k: float(v) for k, v in a.items()}, rel=1e-5
            )
        for name, weight in weights.items():
            torch.testing.assert_close(there[number][1][name], weight, rtol=1e-4, atol=1e-7)
    for name in weights:  # all processes hold the same model, to the bit
        assert torch.equal(by_two[0][number][1][name], by_two[1][number][1][name])


def test_synchronised_normalisation_is_the_normalisation_of_the_whole():
    torch.manual_seed(0)
    x = 100 + torch.randn(6, 3, 5, 5, dtype=torch.float64)  # far from 0: nothing may cancel
    plain, ours = (nn.Sequential(nn.BatchNorm2d(3, eps=0.01).double()) for _ in range(2))
    for module in ours.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.__class__, module.processes = SynchronisedBatchNorm2d, Processes()
    for _ in range(2):
        torch.testing.assert_close(ours(x), plain(x), rtol=1e-4, atol=1e-4)
    for a, b in zip(ours.buffers(), plain.buffers(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(ours.eval()(x), plain.eval()(x), rtol=1e-5, atol=1e-5)


@given(st.integers(1, 6), st.integers(0, 9))
def test_shares_have_no_overlap_and_lose_nothing(size, each):
    rows = torch.randperm(size * each)
    shares = [Processes(rank, size).share(rows) for rank in range(size)]
    assert torch.equal(torch.cat(shares), rows) and {len(s) for s in shares} == {each}


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
    done = subprocess.run(
        [sys.executable, "-m", *words], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done


def test_begun_by_torchrun_and_resumed_by_fabric_it_is_the_run_of_one_process(tmp_path):
    source = write_dataset(tmp_path / "data.h5")
    train.train(str(source), tmp_path / "one", override(Settings(), ONE), device="cpu")
    out = tmp_path / "two"
    torchrun = ["torch.distributed.run", "--nproc-per-node", "2", "-m"]
    run(*torchrun, *command(source, out, epochs=1))
    done = run(*command(source, out, epochs=2), "--devices", "2", "--resume", "--json")
    assert json.loads(done.stdout)["epochs"] == 2
    rows = [Run(folder).rows() for folder in (tmp_path / "one", out)]
    for a, b in zip(*rows, strict=True):
        for name, value in a.items():
            if isinstance(value, float) and name != "images_per_second":
                assert b[name] == pytest.approx(value, rel=1e-3, abs=1e-5), name
    files = [{p.name for p in folder.iterdir()} for folder in (tmp_path / "one", out)]
    assert {n for n in files[0] if "events" not in n} == {n for n in files[1] if "events" not in n}


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="reads /proc")
def test_a_lost_process_ends_the_run_in_one_line(tmp_path):
    source, out = write_dataset(tmp_path / "data.h5"), tmp_path / "run"
    launch = [sys.executable, "-m", *command(source, out, epochs=1000), "--devices", "2"]
    process = subprocess.Popen(launch, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not Run(out).rows():
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    os.kill(int(children[0]), signal.SIGKILL)
    said = process.communicate(timeout=100)[1].splitlines()
    assert process.returncode == 2 and not any("Traceback" in line for line in said), said
    assert "lost another one" in said[-1] and "--resume" in said[-1]
    assert checkpoint.read(out / "state.pt")["epoch"] == len(Run(out).rows())


def test_a_process_lost_while_the_first_waits_ends_the_run_in_one_line(tmp_path):
    (tmp_path / "run.py").write_text(
        "import os, signal\n"
        "from fractaldream_models.training import processes\n"
        "processes.GRACE = 0\n"
        "if os.environ.get('LOCAL_RANK') == '1':\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "processes.start(processes.open_fabric('cpu', 2, 'ddp', '32'))\n"
    )
    done = subprocess.run(
        [sys.executable, str(tmp_path / "run.py")],
        env=os.environ | {"PYTHONPATH": str(Path(train.__file__).parents[2])},
        capture_output=True,
        text=True,
        timeout=100,
    )
    said = done.stderr.splitlines()
    assert done.returncode == 2 and "Traceback" not in done.stderr, done.stderr
    assert "process 1 of 2 was lost" in said[-1] and "--resume" in said[-1]


def test_what_cannot_be_shared_is_said_before_any_process_starts(tmp_path):
    source, out = str(write_dataset(tmp_path / "data.h5")), tmp_path / "no"
    for changes, strategy, said in (
        ({"batch": 7}, "ddp", "batch 7 over 2 processes"),
        ({"latent": 5, "paired_weight": 1}, "auto", "latent=6"),
        ({}, "fsdp", "give auto or ddp"),
    ):
        settings, how = override(Settings(), ONE | changes), {"devices": 2, "strategy": strategy}
        with pytest.raises(BadInput, match=said):
            train.train(source, out, settings, device="cpu", **how)
    assert not out.exists()
