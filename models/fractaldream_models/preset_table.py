"""What the presets are: their settings, and how long they train."""

import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from textwrap import wrap
from typing import TYPE_CHECKING

from .setting_table import WIDTH, shown
from .settings import Settings, preset, preset_description, presets

if TYPE_CHECKING:
    from torch import Tensor

    from .training.step import Step

# Operations that two cores do in a second of training, in 10^9: bench/preset_cost.py measured 123
# on one core of an Intel Xeon (Emerald Rapids) for aae-fdd, and two cores share their memory
GFLOP_PER_SECOND = 200.0


@dataclass(frozen=True)
class Cost:
    """What the training of a preset takes at full length.

    Attributes
    ----------
    images, size, channels
        Number of training images of the published experiment, their side in pixels and their
        channels.
    gflop
        Operations of a training step for each image, in 10^9.
    """

    images: int
    size: int
    channels: int
    gflop: float


@dataclass(frozen=True)
class Preset:
    """A preset, and what its training takes at full length.

    Attributes
    ----------
    name
        Its name, as ``--preset`` takes it.
    description
        What it is for and what it costs, one sentence or more.
    settings
        Its settings.
    cost
        What its training takes.
    """

    name: str
    description: tuple[str, ...]
    settings: Settings
    cost: Cost

    @property
    def hours(self) -> float:
        """Time that its training takes on two cores, in hours; good to a factor of about three."""
        total = self.cost.gflop * self.cost.images * self.settings.epochs
        return total / GFLOP_PER_SECOND / 3600

    @property
    def time(self) -> str:
        """The same in words."""
        return time_class(self.hours)

    def values(self) -> str:
        """Return its meaning, its time, and its settings that differ from the defaults."""
        lines = [
            f"{self.name}: {' '.join(self.description)}",
            f"{self.settings.epochs} epochs of {self.cost.images:,} images of {self.cost.size} px: "
            f"{self.time} on two cores",
            "",
        ]
        for field in fields(Settings):
            value = getattr(self.settings, field.name)
            if value != field.default:
                lines.append(f"  {field.name:23}{shown(value)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class PresetTable:
    """Presets side by side."""

    presets: tuple[Preset, ...]

    def __str__(self) -> str:
        lines = [
            "Presets, by their time of training at full length on two cores; --epochs, and "
            "--set width=0.25 or",
            "limit=N, make it shorter.",
            "",
            f"{'preset':19}{'kind':10}{'epochs':>6}  {'two cores':10}meaning",
        ]
        for row in self.presets:
            s = row.settings
            meaning = wrap(row.description[0], WIDTH - 47)
            lines.append(f"{row.name:19}{s.kind:10}{s.epochs:6}  {row.time:10}{meaning[0]}")
            lines += [" " * 47 + rest for rest in meaning[1:]]
        return "\n".join(lines)


def time_class(hours: float) -> str:
    """Return minutes, an hour, hours, days, weeks or months.

    Examples
    --------
    >>> time_class(0.4), time_class(30), time_class(3000)
    ('minutes', 'days', 'months')
    """
    for most, words in ((0.75, "minutes"), (2, "an hour"), (24, "hours"), (168, "days")):
        if hours < most:
            return words
    return "weeks" if hours < 720 else "months"


def read_preset(name: str) -> Preset:
    """Return a preset by its name. Raises BadInput."""
    file = resources.files("fractaldream_models") / "preset_costs.toml"
    costs = tomllib.loads(file.read_text(encoding="utf-8"))
    return Preset(name, tuple(preset_description(name)), preset(name), Cost(**costs[name]))


def describe_presets() -> PresetTable:
    """Return all presets that this package ships, the quickest first."""
    return PresetTable(tuple(sorted(map(read_preset, presets()), key=lambda p: p.hours)))


def fresh_step(preset: Preset, images: int) -> "tuple[Step, tuple[Tensor, Tensor | None, None]]":
    """Return a step of a new model of a preset, and a batch of noise for it."""
    import torch

    from . import kinds
    from .model import ModelConfig
    from .training.step import Step

    keys = [f for f in ModelConfig.__dataclass_fields__ if hasattr(preset.settings, f)]
    values = {key: getattr(preset.settings, key) for key in keys}
    classes = 10 if kinds.find(preset.settings.kind).conditional else 0
    sides = {"size": preset.cost.size, "channels": preset.cost.channels, "classes": classes}
    model = kinds.build(ModelConfig(**{**values, **sides}))
    step = Step(model, preset.settings, torch.Generator().manual_seed(0))
    x = torch.rand(images, preset.cost.channels, preset.cost.size, preset.cost.size)
    labels = torch.zeros(images, dtype=torch.int64) if classes else None
    return step, (x, labels, None)


def counted_gflop(preset: Preset) -> float:
    """Count the operations of a training step for each image, in 10^9."""
    from torch.utils.flop_counter import FlopCounterMode

    step, batch = fresh_step(preset, 2)
    with FlopCounterMode(display=False) as counter:
        step(*batch)
    return counter.get_total_flops() / 2 / 1e9
