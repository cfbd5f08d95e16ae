"""Short training runs on small images, and comparisons of what they leave."""

import torch

from fractaldream_models import checkpoint
from fractaldream_models.settings import Settings, override
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train

CPU = TrainOptions(device="cpu")
RESUME = TrainOptions(device="cpu", resume=True)
SMALL = {"kind": "aae", "latent": 6, "width": 0.05, "batch": 8, "epochs": 3, "channels": 1}


def small(**changes):
    return override(Settings(), {**SMALL, **changes})


def fit(source, out, **changes):
    return train(source, out, small(**changes), options=CPU)


def same_weights(a, b):
    first, second = (checkpoint.read(path) for path in (a, b))
    for key in ("state_dict", "model", "optimizers", "sampler", "noise", "memory"):
        assert (key in first) == (key in second)
        if key in first:
            equal(first[key], second[key])


def equal(first, second):
    if isinstance(first, torch.Tensor):
        assert torch.equal(first, second)
    elif isinstance(first, dict):
        assert first.keys() == second.keys()
        for key in first:
            equal(first[key], second[key])
    elif isinstance(first, list):
        for a, b in zip(first, second, strict=True):
            equal(a, b)
    else:
        assert first == second


def figures(run):
    return [{k: v for k, v in row.items() if k != "images_per_second"} for row in Run(run).rows()]
