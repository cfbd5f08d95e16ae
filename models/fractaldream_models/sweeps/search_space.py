"""The search space of a sweep: a TOML file of ranges and choices, one table for each setting."""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_base.errors import BadInput
from fractaldream_models.evaluation.held_out import chosen_figure
from fractaldream_models.kinds import check_settings, find
from fractaldream_models.settings import Settings, override, value_types

if TYPE_CHECKING:
    from optuna import Trial

# they decide what is measured, so that figures of trials would not compare
FIXED = (
    *("size", "channels", "palette", "resize", "part", "held_out", "limit", "choose"),
    *("epochs", "epoch_images", "keep_every"),
)
# together they decide whether a network can be built
NETWORK = ("kind", "architecture", "hidden", "depth", "kernel")


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included; whole ones for settings that are."""

    low: float
    high: float
    log: bool = False
    step: float | None = None
    whole: bool = False

    @property
    def values(self) -> range:
        """Return all numbers of the range; it must be of whole ones."""
        return range(int(self.low), int(self.high) + 1, int(self.step or 1))

    def draw(self, trial: "Trial", key: str) -> Any:
        """Draw the value of this trial."""
        if self.whole:
            low, high, step = int(self.low), int(self.high), int(self.step or 1)
            return trial.suggest_int(key, low, high, step=step, log=self.log)
        return trial.suggest_float(key, self.low, self.high, step=self.step, log=self.log)


@dataclass(frozen=True)
class Choices:
    """Values of which each trial has one."""

    choices: tuple[Any, ...]

    @property
    def values(self) -> tuple[Any, ...]:
        """Return all choices."""
        return self.choices

    def draw(self, trial: "Trial", key: str) -> Any:
        """Draw the value of this trial."""
        return trial.suggest_categorical(key, self.choices)


Space = dict[str, Range | Choices]


def networks(space: Space) -> Iterator[dict[str, Any]]:
    """Yield each combination of values that decides whether a network can be built."""
    keys = [key for key in NETWORK if key in space]
    for values in product(*(space[key].values for key in keys)):
        yield dict(zip(keys, values, strict=True))


def shipped() -> list[str]:
    """Return the names of the search spaces that this package ships."""
    folder = resources.files("fractaldream_models.sweeps") / "spaces"
    return sorted(f.name.removesuffix(".toml") for f in folder.iterdir() if f.name[-5:] == ".toml")


def read_space(name: str, base: Settings) -> Space:
    """Read a search space and check it against the settings that it changes.

    Parameters
    ----------
    name
        A TOML file, or the name of a shipped search space.
    base
        The settings that the space changes.

    Returns
    -------
    Space
        What varies, by the key of the setting.

    Raises
    ------
    BadInput
        If the file or an entry of it cannot be used; the message names both.
    """
    if name in shipped():
        text = (
            resources.files("fractaldream_models.sweeps") / "spaces" / f"{name}.toml"
        ).read_text(encoding="utf-8")
    else:
        try:
            text = Path(name).read_text(encoding="utf-8-sig")
        except FileNotFoundError as error:
            raise BadInput(
                f"{name}: no such space file; give a TOML file or one of {', '.join(shipped())}"
            ) from error
        except (UnicodeDecodeError, IsADirectoryError) as error:
            raise BadInput(f"{name}: not a TOML file") from error
    try:
        tables = tomllib.loads(text)
    except ValueError as error:  # of TOML, or of numbers with thousands of digits
        raise BadInput(f"{name}: {error}; mend the TOML") from error
    if not tables:
        raise BadInput(f"{name}: varies nothing; write a table such as [lr_g] with low and high")
    try:
        space = {key: _entry(key, table, base) for key, table in tables.items()}
        _check_effect(space, base)
        figure_of(space, base)
    except BadInput as error:
        raise BadInput(f"{name}: {error}") from error
    return space


def _entry(key: str, table: Any, base: Settings) -> Range | Choices:
    """Return what one table of a space file says of its setting. Raises BadInput."""
    if key in FIXED:
        raise BadInput(f"{key} decides what is measured and cannot vary; give it with --set")
    if not isinstance(table, dict):
        raise BadInput(f"{key}: write [{key}] with low and high, or with choices")
    override(base, {key: getattr(base, key, None)})  # refuses unknown keys
    if "choices" in table:
        if set(table) != {"choices"} or not isinstance(table["choices"], list):
            raise BadInput(f"[{key}]: choices is a list and stands alone")
        values = tuple(getattr(override(base, {key: v}), key) for v in table["choices"])
        if len(set(values)) < 2 or len(set(values)) != len(values):
            raise BadInput(f"[{key}]: give two choices or more, each once")
        for value in values:
            check_settings(override(base, {key: value}))
        return Choices(values)
    if unknown := sorted(set(table) - {"low", "high", "log", "step"}):
        raise BadInput(f"[{key}]: unknown {unknown[0]!r}; give low, high, log, step, or choices")
    numbers = [t for t in value_types(key) if t in (int, float)]
    if not numbers:
        raise BadInput(f"[{key}]: is no number; give choices")
    is_whole = numbers == [int]
    for name in ("low", "high"):
        bound = table.get(name)
        if isinstance(bound, bool) or not isinstance(bound, int if is_whole else (int, float)):
            raise BadInput(f"[{key}]: give {name} as a {'whole ' if is_whole else ''}number")
        check_settings(override(base, {key: bound}))
    low, high, log, step = table["low"], table["high"], table.get("log", False), table.get("step")
    if not isinstance(log, bool) or (log and (low <= 0 or step is not None)):
        raise BadInput(f"[{key}]: log is true or false, needs low above 0 and allows no step")
    whole_or_any = int if is_whole else int | float
    if step is not None and (isinstance(step, bool) or not isinstance(step, whole_or_any)):
        raise BadInput(f"[{key}]: give step as a {'whole ' if is_whole else ''}number")
    if not low < high or (step is not None and not 0 < step <= high - low):
        raise BadInput(f"[{key}]: low = {low}, high = {high}: give low < high, step within")
    return Range(low, high, log, step, is_whole)


def _check_effect(space: Space, base: Settings) -> None:
    """Refuse settings that mean nothing to any kind of the space. Raises BadInput."""
    names = kinds_of(space, base)
    ignored = frozenset.intersection(*(find(name).ignored for name in names))
    for key in sorted(space.keys() & ignored):
        raise BadInput(f"[{key}]: means nothing to {', '.join(names)}; leave it out")


def kinds_of(space: Space, base: Settings) -> tuple[str, ...]:
    """Return the names of the kinds that the trials of a space have."""
    varied = space.get("kind")
    return tuple(varied.choices) if isinstance(varied, Choices) else (base.kind,)


def figure_of(space: Space, base: Settings) -> str:
    """Return the held-out figure by which all trials of a space are judged.

    Raises
    ------
    BadInput
        If its kinds are judged by different figures.
    """
    figures = {
        kind: chosen_figure(override(base, {"kind": kind})) for kind in kinds_of(space, base)
    }
    if len(set(figures.values())) > 1:
        judged = ", ".join(f"{kind} by {figure}" for kind, figure in figures.items())
        raise BadInput(f"[kind]: {judged}; give --set choose=kernel|reconstruction|loss")
    return next(iter(figures.values()))
