"""The presets: their settings, and the time that their training takes."""

import math
import tomllib
from dataclasses import dataclass, fields
from importlib import resources
from textwrap import wrap

from fractaldream_base.text_result import TextResult

from .setting_table import WIDTH, value_text
from .settings import Settings, preset, preset_description, presets

# Operations that two cores do in a second of training, in 10^9: one core of an Intel Xeon (Emerald
# Rapids) beside other work did 48 for vae at 64 px and 123 for aae at 128 px
GFLOP_PER_SECOND = 150.0


@dataclass(frozen=True)
class Cost:
    """The cost of the training of a preset at full length.

    Attributes
    ----------
    images, size, channels
        Number of training images that the preset is meant for, their side in pixels and their
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
        What its training takes; None where it was not counted.
    """

    name: str
    description: tuple[str, ...]
    settings: Settings
    cost: Cost | None

    @property
    def hours(self) -> float | None:
        """Time that its training takes on two cores, in hours; good to a factor of about three."""
        if self.cost is None:
            return None
        total = self.cost.gflop * self.cost.images * self.settings.epochs
        return total / GFLOP_PER_SECOND / 3600

    @property
    def time(self) -> str:
        """Return the time that its training takes on two cores, in words."""
        return "not counted" if self.hours is None else time_class(self.hours)

    def values(self) -> str:
        """Return its meaning, its time, and its settings that differ from the defaults."""
        lines = [f"{self.name}: {' '.join(self.description)}"]
        if (cost := self.cost) is not None:
            lines.append(
                f"{self.settings.epochs} epochs of {cost.images:,} images of {cost.size} px: "
                f"{self.time} on two cores"
            )
        lines.append("")
        for field in fields(Settings):
            value = getattr(self.settings, field.name)
            if value != field.default:
                lines.append(f"  {field.name:23}{value_text(value)}")
        return "\n".join(lines)


@dataclass(frozen=True)
class PresetTable(TextResult):
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
    cost = Cost(**costs[name]) if name in costs else None
    return Preset(name, tuple(preset_description(name)), preset(name), cost)


def describe_presets() -> PresetTable:
    """Return all presets that this package ships, the quickest first.

    Returns
    -------
    PresetTable
        A row for each preset, by the hours that its training takes on two cores; presets without
        an estimate come last.
    """
    rows = [read_preset(name) for name in presets()]
    return PresetTable(tuple(sorted(rows, key=lambda p: math.inf if p.hours is None else p.hours)))
