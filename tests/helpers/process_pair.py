"""What each of two processes computes for tests/models/distributed.

It stands in a module that spawned processes can import by name.
"""

from pathlib import Path

import torch
import torch.distributed as dist

from fractaldream_base.errors import BadInput
from fractaldream_models.distributed.batch_norm import synchronise
from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.kinds import build, built_in, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import Settings, override
from fractaldream_models.training.step import Step

# Adam turns the rounding of a gradient of zero (a bias before BatchNorm) into a whole step
PLAIN = {"optimizer": "sgd", "lr_e": 5e-4, "lr_g": 5e-4, "lr_d": 5e-4, "latent_loss": "moments"}
CASES = [*((kind, "goareguer2019") for kind in built_in()), ("aae", "moments"), ("aae", "mmd")]
CASES.append(("aae", "penalties"))
PENALTIES = {"r1_weight": 1.0, "r2_weight": 0.5, "penalty_every": 1}  # second derivatives


def three_steps(processes, kind, variant):
    """Losses and weights after three steps on shares of the same batches, in float64."""
    torch.manual_seed(0)
    classes = 2 if find(kind).domains else 10 if find(kind).labelled else 0
    model = build(ModelConfig(kind, 16, 1, 4, classes, width=0.1))
    synchronise(model.double(), processes)
    changes = {**PLAIN, "kind": kind, "latent": 4}
    changes |= PENALTIES if variant == "penalties" else {"latent_loss": variant}
    settings = override(Settings(), {**changes, "label_noise": 0.5})
    noise = torch.Generator().manual_seed(1)
    step = Step(model, settings, noise, processes)
    losses = []
    with torch.random.fork_rng(devices=[]):
        for _ in range(3):
            x, labels = torch.rand(8, 1, 16, 16).double(), torch.arange(8) % max(classes, 1)
            known = processes.share(labels) if model.config.classes else None
            out = step(processes.share(x), known, None)
            losses.append({k: v for k, v in out.items() if v.ndim == 0})
    return losses, model.state_dict()


def worker(rank, size, folder):
    torch.set_num_threads(1)
    dist.init_process_group("gloo", init_method=f"file://{folder}/meet", rank=rank, world_size=size)
    torch.set_default_dtype(torch.float64)
    steps = [three_steps(Processes(rank, size), *case) for case in CASES]
    errors = []
    for work in (lambda: None, refuse):  # the last ends the group
        try:
            Processes(rank, size).on_first(work)
        except BadInput as error:
            errors.append(f"{type(error).__name__}: {error}")
    torch.save((steps, errors), Path(folder) / f"{rank}.pt")


def refuse():
    raise BadInput("no")
