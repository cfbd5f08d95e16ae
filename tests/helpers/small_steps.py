"""Training steps of small models of any kind."""

import torch

from fractaldream_models.kinds import build, defaults
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override
from fractaldream_models.training.step import Step


def small(kind, **changes):
    values = {"size": 16, "channels": 1, "latent": 6, "width": 0.1, **changes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build(ModelConfig(kind, classes=3 if kind == "biggan" else 0, **values))


def step_of(kind, **changes):
    settings = override(defaults(kind), {"latent": 6, **changes})
    return Step(small(kind, hidden=settings.hidden), settings, torch.Generator().manual_seed(0))


def images():
    return torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1
