"""All settings with their meanings and defaults, of every kind or of one."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from textwrap import wrap
from typing import TYPE_CHECKING, Any

from fractaldream_base.text_result import TextResult

from . import kinds
from .settings import Settings, description, group, names

if TYPE_CHECKING:
    from .kind import Kind

WIDTH = 100  # columns of the printed table
# How the time of training grows with a setting; the others hardly change it
TIME = {
    "size": "with its square",
    "width": "with its square",
    "kernel": "with its square",
    "channels": "a little",
    "epochs": "in proportion",
    "limit": "in proportion",
    "epoch_images": "in proportion",
}


@dataclass(frozen=True)
class SettingRow:
    """One setting.

    Attributes
    ----------
    group
        What it belongs to: Model, Objective, Optimisers, Data or Schedule.
    name
        Its name, as ``--set NAME=VALUE`` takes it.
    default
        Its value where neither a preset nor the user gives one; None: from the data or the kind.
    time
        How the time of training grows with it; empty where it hardly does.
    meaning
        What it means.
    """

    group: str
    name: str
    default: Any
    time: str
    meaning: str


@dataclass(frozen=True)
class SettingTable(TextResult):
    """All settings of a kind.

    Attributes
    ----------
    kind
        Name of the kind; None for the settings of all kinds.
    rows
        The settings, in the order of their groups.
    """

    kind: str | None
    rows: tuple[SettingRow, ...]

    def __str__(self) -> str:
        head = f"Settings of {self.kind or 'all kinds'}; change one by --set NAME=VALUE."
        lines = [head, "", f"{'name':25}{'default':15}{'time grows':17}meaning"]
        current_group = ""
        for row in self.rows:
            if row.group != current_group:
                current_group = row.group
                lines += ["", row.group]
            meaning = wrap(row.meaning.replace("`", ""), WIDTH - 57)
            lines.append(f"  {row.name:23}{value_text(row.default):15}{row.time:17}{meaning[0]}")
            lines += [" " * 57 + rest for rest in meaning[1:]]
        return "\n".join(lines)


def value_text(value: Any) -> str:
    """Return a value as ``--set`` takes it."""
    if isinstance(value, bool):
        return str(value).lower()
    return "none" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


def describe_settings(kind: str | None = None) -> SettingTable:
    """Return all settings with their meanings and defaults.

    Parameters
    ----------
    kind
        Name of a kind, to have its defaults, and only the settings that it uses.

    Returns
    -------
    SettingTable
        A row for each setting: its group, name, default, effect on the time, and meaning.

    Raises
    ------
    BadInput
        If there is no such kind.
    """
    settings = Settings()
    is_used: Callable[[str], bool] = _always
    if kind is not None:
        chosen = kinds.find(kind)
        settings, is_used = chosen.settings(), _used_by(chosen)
    rows = [
        SettingRow(
            group(name), name, getattr(settings, name), TIME.get(name, ""), description(name)
        )
        for name in names()
        if is_used(name)
    ]
    return SettingTable(kind, tuple(rows))


def _always(name: str) -> bool:
    return True


def _used_by(kind: "Kind") -> Callable[[str], bool]:
    """Return a function that says whether a kind uses a setting."""
    from .model import ModelConfig

    config = ModelConfig(kind=kind.name, latent=6, size=64, channels=1)
    linear = kind.networks.convolutions(replace(config, architecture="linear")) is not None
    convolutional = kind.networks.convolutions(replace(config, architecture="conv")) is not None
    uses = {
        "architecture": linear != convolutional,
        "depth": convolutional,
        "kernel": convolutional,
        "paired_weight": kind.paired,
        "paired_share": kind.paired,
        "matched_pairs": kind.paired and kind.encodes,
        "matched_weight": kind.paired and kind.encodes,
    }
    return lambda name: name not in kind.ignored and uses.get(name, True)
