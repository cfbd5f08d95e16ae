"""The state of a training: all that its next epoch depends on, in memory and in state.pt."""

from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import check_version
from fractaldream_models import checkpoint
from fractaldream_models.model import Model

from .choice import Choice
from .generator_average import GeneratorAverage
from .monitor import Monitor
from .step import Step

STATE_VERSION = 1


@dataclass
class TrainingState:
    """All that the next epoch depends on.

    Attributes
    ----------
    model, step
        The model and its optimisers.
    average
        The average of the generator's weights, where one is kept.
    sampler
        Draws the order of the images, on the CPU.
    noise
        Draws latents, labels and flips, on the device of the model.
    monitor
        The troubles that last.
    epoch
        Number of complete epochs.
    choice
        Which of them ckpt.pt holds; None before the first.
    lowest
        The terms of the epoch with the lowest figure; see `choice.choose`.
    """

    model: Model
    step: Step
    average: GeneratorAverage | None
    sampler: torch.Generator
    noise: torch.Generator
    monitor: Monitor
    epoch: int = 0
    choice: Choice | None = None
    lowest: Tensor | None = None

    def write(self, path: Path) -> None:
        """Write the state beside and rename it. Raises BadInput where the disk is full."""
        assert self.choice is not None
        content = {
            "format_version": STATE_VERSION,
            "epoch": self.epoch,
            "model": self.model.state_dict(),
            "ema": None if self.average is None else self.average.generator.state_dict(),
            "steps": self.step.number,
            "memory": self.step.memory,
            "optimizers": {k: o.state_dict() for k, o in self.step.optimizers.items()},
            "sampler": self.sampler.get_state(),
            "noise": self.noise.get_state(),
            "best": asdict(self.choice),
            "lowest": self.lowest,
            "watch": self.monitor.since,  # a key of the file format: renaming it breaks --resume
        }
        checkpoint.write(content, path)

    def restore(self, path: Path) -> None:
        """Take the state of a file, but for the learning rates. Raises BadInput."""
        content = checkpoint.read(path)
        check_version(path, content.get("format_version"), STATE_VERSION)
        self.epoch = content["epoch"]
        try:
            self.model.load_state_dict(content["model"])
        except RuntimeError as error:
            raise BadInput(
                f"{path}: holds other networks than {self.model.kind} has here; go on with the "
                "version of the package that wrote it, or train into a new folder"
            ) from error
        if self.average is not None:
            self.average.generator.load_state_dict(content["ema"])
        for name, optimizer in self.step.optimizers.items():
            rates = [group["lr"] for group in optimizer.param_groups]
            optimizer.load_state_dict(content["optimizers"][name])
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate  # the settings rule: a resumed run may lower its rates
        # a run of an older version has made many: its average has its full length
        self.step.number = content.get("steps", 10**6)
        device = self.noise.device
        memory = content.get("memory", {})  # runs of older versions have none
        self.step.memory = {name: value.to(device) for name, value in memory.items()}
        self.sampler.set_state(content["sampler"])
        self.noise.set_state(content["noise"])
        best = content["best"]  # without the lowest figure in runs of version 0.1.0
        self.choice = Choice(**{"lowest_epoch": best["epoch"], "lowest": best["value"], **best})
        self.lowest, self.monitor.since = content.get("lowest"), content["watch"]


def stored_figure(path: Path) -> str | None:
    """Return the figure that chooses in an interrupted run; None without a file. Raises BadInput.

    An older version may have chosen by another figure than this one.
    """
    return checkpoint.read(path)["best"]["by"] if path.exists() else None
