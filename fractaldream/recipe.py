"""Recipe: everything that determines a data set."""

import dataclasses
import difflib
import json
import math
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput

PARAM_NAMES = ("x0", "y0", "a", "b", "c", "d")
LAWS = ("fdd", "uniform", "normal", "pickover", "params")
VIEWS = ("tight", "fixed")
TONES = ("eq_hist", "log", "linear")
MAX_SIZE = 8192
MAX_ITERATIONS = 2**32 - 1  # visits are counted in 32 bits at most


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """The settings that determine a data set: image i depends on (recipe, i) alone, never on `n`.

    A draw is refused when its first `probe_steps` points visit fewer than `probe_minimum` of
    probe_size x probe_size pixels, when all its points visit fewer than `minimum` pixels, or
    when it ends on an exact cycle; the next attempt then takes its place.
    """

    n: int = 50_000  # images
    seed: int = 0  # of the counter-based generator, 0 to 2**64 - 1
    law: str = "fdd"  # how parameters are drawn: fdd, uniform, normal, pickover; params: given
    iterations: int = 60_000  # points per image; the first is the start, as in 2019
    skip: int = 0  # points left out before the first that counts
    size: int = 128  # pixels, width and height
    view: str = "tight"  # tight: the orbit's bounding box; fixed: |x| <= 1+|c|, |y| <= 1+|d|
    tone: str = "eq_hist"  # visit counts to levels: eq_hist, log, linear
    min_visited: float = 0.15  # share of the pixels that a draw must visit to be kept
    refusals: bool = True  # False keeps every draw, whatever it looks like
    probe_steps: int = 2_000  # points of the cheap look before the whole orbit; 0: none
    params_sha256: str | None = None  # of the given rows, little-endian float64 (law params)

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.type is int and (isinstance(value, bool) or not isinstance(value, int)):
                raise BadInput(f"{field.name} = {value!r}: give a whole number")
        self._within("n", 1, 2**48)
        self._within("seed", 0, 2**64 - 1)
        self._within("iterations", 1, MAX_ITERATIONS)
        self._within("skip", 0, MAX_ITERATIONS)
        self._within("size", 2, MAX_SIZE)
        self._within("probe_steps", 0, MAX_ITERATIONS)
        for name, choices in (("law", LAWS), ("view", VIEWS), ("tone", TONES)):
            if getattr(self, name) not in choices:
                raise BadInput(f"{name} = {getattr(self, name)!r}: choose {', '.join(choices)}")
        if not isinstance(self.refusals, bool):
            raise BadInput(f"refusals = {self.refusals!r}: give true or false")
        if not isinstance(self.min_visited, int | float) or not 0 <= self.min_visited <= 1:
            raise BadInput(f"min_visited = {self.min_visited!r}: give a share from 0 to 1")
        object.__setattr__(self, "min_visited", float(self.min_visited))
        if self.law == "params" and self.refusals:
            object.__setattr__(self, "refusals", False)  # given rows are rendered as they are
        if self.refusals and self.iterations < self.minimum:
            raise BadInput(
                f"iterations = {self.iterations}: too few to visit {self.minimum} pixels "
                f"(min_visited = {self.min_visited:g}); raise iterations or lower min_visited"
            )

    def _within(self, name: str, least: int, most: int) -> None:
        if not least <= getattr(self, name) <= most:
            raise BadInput(f"{name} = {getattr(self, name)}: give a number from {least} to {most}")

    @property
    def minimum(self) -> int:
        """Pixels that a kept image visits at least."""
        return math.ceil(self.min_visited * self.size**2)

    @property
    def probe_size(self) -> int:
        """Width of the probe's grid: coarse, so that 2,000 points can fill what 60,000 will."""
        return max(2, min(32, self.size // 4))

    @property
    def probe_minimum(self) -> int:
        """Pixels that the probe must visit: the asked share, at most 0.15 of its grid."""
        return math.ceil(min(self.min_visited, 0.15) * self.probe_size**2)

    def command(self, out: str | Path) -> str | None:
        """Return the command that renders this data set to a file.

        Returns
        -------
        str or None
            None where no options say it: for given parameters and another `probe_steps`.
        """
        default = Recipe()
        if self.law == "params" or self.probe_steps != default.probe_steps:
            return None
        words = ["fractaldream render"]
        for field in dataclasses.fields(self):
            value = getattr(self, field.name)
            if field.name == "n" or value != getattr(default, field.name):
                option = f"--{field.name.replace('_', '-')} {value}"
                words.append("--no-refusals" if field.name == "refusals" else option)
        return " ".join([*words, f"--out {out}"])

    def to_json(self) -> str:
        """Return the recipe as JSON."""
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_dict(cls, values: dict[str, Any], source: str) -> "Recipe":
        """Return a recipe of named values; `source` is named in the error for an unknown one."""
        names = [field.name for field in dataclasses.fields(cls)]
        for key in values:
            if key not in names:
                near = difflib.get_close_matches(key, names, 1)
                hint = f"; did you mean {near[0]}?" if near else f"; known: {', '.join(names)}"
                raise BadInput(f"{source}: unknown key {key!r}{hint}")
        return cls(**values)

    @classmethod
    def from_json(cls, text: str, source: str = "recipe") -> "Recipe":
        """Return the recipe that a JSON text holds; `source` names the text in errors."""
        try:
            values = json.loads(text)
        except ValueError:
            values = None
        if not isinstance(values, dict):
            raise BadInput(f"{source}: no recipe in it; is it a fractaldream data set?")
        return cls.from_dict(values, source)

    @classmethod
    def from_toml(cls, path: str | Path, **overrides: Any) -> "Recipe":
        """Return the recipe in a TOML file, with the given fields in place of the file's."""
        try:
            values = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
        except ValueError as error:  # of TOML, of UTF-8, or of numbers with thousands of digits
            raise BadInput(f"{path}: not a TOML file ({error})") from None
        except OSError as error:
            raise BadInput(f"{path}: cannot be read ({error.strerror})") from None
        return cls.from_dict(values | overrides, str(path))
