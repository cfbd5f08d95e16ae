"""Two data sets without pairs, and models of kinds that learn from both."""

import torch

from fractaldream_models import checkpoint, kinds
from fractaldream_models.model import ModelConfig
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.trainer import train

SMALL = {"width": 0.02, "batch": 8, "channels": 1, "ema": 0.9}


def built(kind, **changes):
    shape = {"size": 16, "channels": 1, "latent": 3, "classes": 2, "width": 0.05}
    torch.manual_seed(0)
    return kinds.build(ModelConfig(kind, **{**shape, **changes}))


def fit(places, out, kind="cyclegan", **changes):
    run = {"threads": 1} | changes.pop("run", {})
    options = TrainOptions(device="cpu", second=str(places / "fine.h5"), **run)
    settings = {"kind": kind, **SMALL, **changes}
    return train(places / "coarse.h5", places / out, settings, options=options)


def translator(path, **data):
    checkpoint.save(built("cyclegan"), path, data=data, metrics={})
    return path
