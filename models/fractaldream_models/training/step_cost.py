"""Count the operations of a training step, which the presets are listed with."""

from dataclasses import fields, replace
from typing import Self

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker

from fractaldream_models import kinds
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import Settings

from .step import Step

CLASSES = 10  # of kinds that learn from labels: as many as MNIST has


def fresh_step(
    settings: Settings, images: int, size: int, channels: int
) -> tuple[Step, tuple[Tensor, Tensor | None, None]]:
    """Return a step of a new model, and a batch of noise for it.

    Parameters
    ----------
    settings
        The settings of a run.
    images
        Number of images in the batch.
    size, channels
        Side of the images in pixels, and their channels.
    """
    kind = kinds.find(settings.kind)
    settings = replace(settings, size=size, channels=channels)
    names = {f.name for f in fields(Settings)} & {f.name for f in fields(ModelConfig)}
    values = {name: getattr(settings, name) for name in names}
    classes = 2 if kind.domains else CLASSES if kind.labelled else 0
    model = kinds.build(ModelConfig(**values, classes=classes))
    step = Step(model, settings, torch.Generator().manual_seed(0))
    labels = torch.arange(images) % classes if classes else None
    return step, (torch.rand(images, channels, size, size), labels, None)


class _Untracked(ModuleTracker):
    """Count for no module by itself: the hooks that do so refuse the gradients of penalties."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *reason: object) -> None:
        pass


def gflop_per_image(settings: Settings, size: int, channels: int) -> float:
    """Count the operations of a training step for each image, in 10^9.

    Where only some steps compute penalties, this is the mean over the steps.
    """
    step, batch = fresh_step(settings, 2, size, channels)
    counts = []
    for _ in range(2):  # with penalties, and without where they are lazy
        counter = FlopCounterMode(display=False)
        counter.mod_tracker = _Untracked()
        with counter:
            step(*batch)
        counts.append(counter.get_total_flops())
    every = settings.penalty_every
    return (counts[0] + (every - 1) * counts[1]) / every / 2 / 1e9
