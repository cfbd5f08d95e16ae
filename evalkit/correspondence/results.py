"""What the ladder takes and gives."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evalkit.correspondence.power.search import Power
from evalkit.correspondence.rungs.pairs import DISTANCES
from evalkit.errors import BadInput
from evalkit.statistics.orthogonal_group import GROUPS
from fractaldream.recipe import PARAM_NAMES

RUNGS = ("identity", "symmetry", "rotation", "affine", "nonlinear", "local")
TESTED = ("identity", "symmetry", "rotation", "local")
LEAST_PAIRS = 32


@dataclass(frozen=True)
class Settings:
    """How the ladder is climbed. See `evalkit correspond --help`."""

    n: int = 512
    rotations: int = 999
    ensemble: int = 99  # ignorant generators of each family
    replicates: int = 100  # of the power calculation; 0: none
    group: str = "signed-permutations"
    distance: str = "density"
    alpha: float = 0.05
    seed: int = 0


@dataclass(frozen=True)
class Level:
    """One rung. p_value is None where the rung describes, `skipped` says why it was not climbed.

    statistic: see `meaning`. effect, ci: on a scale of its own, with its 95% interval. nulls: p
    by null, as ranked. draws: the values of the null that p_value is of, or would be of where a
    score of 0 or less makes it 1.
    """

    name: str
    meaning: str
    statistic: float | None = None
    effect: float | None = None
    ci: tuple[float, float] | None = None
    p_value: float | None = None
    p_adjusted: float | None = None
    nulls: dict[str, float] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    draws: np.ndarray | None = None
    skipped: str | None = None


@dataclass(frozen=True)
class Result:
    """The ladder of one generator."""

    generator: str
    levels: dict[str, Level]
    verdict: str
    established: str | None  # the highest rung whose adjusted p is at most alpha
    power: dict[str, Power]
    no_power: dict[str, str]  # why a rung carries none
    method: dict[str, Any]
    pictures: dict[str, np.ndarray]  # FD(v), G(v), aligned G: uint8 (8, H, W, C) each
    n: int
    seed: int

    def to_dict(self) -> dict[str, Any]:
        """What `--json` prints."""
        levels = {}
        for name, level in self.levels.items():
            values = {f.name: getattr(level, f.name) for f in dataclasses.fields(Level)}
            values.pop("draws")
            values.pop("name")
            levels[name] = _plain(values)
        return {
            "generator": self.generator,
            "levels": levels,
            "verdict": self.verdict,
            "established": self.established,
            "n": self.n,
            "seed": self.seed,
            "power": {
                name: _plain(dataclasses.asdict(self.power[name])) if name in self.power else None
                for name in RUNGS
            },
            "no_power": self.no_power,
            **_plain(self.method),
        }


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(v) for v in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.floating | np.integer):
        return value.item()
    return value


def check(settings: Settings) -> None:
    """Refuse what no test can be made of. Raises BadInput."""
    s = settings
    if s.group not in GROUPS:
        raise BadInput(f"group {s.group!r}: give one of {', '.join(GROUPS)}")
    if s.distance not in DISTANCES:
        raise BadInput(f"distance {s.distance!r}: give one of {', '.join(DISTANCES)}")
    if not 0 < s.alpha < 0.5:
        raise BadInput(f"alpha {s.alpha}: give a level between 0 and 0.5")
    if s.n < LEAST_PAIRS:
        raise BadInput(f"n {s.n}: too few pairs for halves to say anything; give {LEAST_PAIRS}")
    if s.replicates < 0:
        raise BadInput(f"replicates {s.replicates}: give 0 for no power, or more")
    for name in ("rotations", "ensemble"):
        smallest = len(TESTED) / (getattr(s, name) + 1)
        if smallest > s.alpha:
            need = int(np.ceil(len(TESTED) / s.alpha)) - 1
            raise BadInput(
                f"{name} {getattr(s, name)}: the smallest p, corrected for {len(TESTED)} rungs, "
                f"is {smallest:.3g} and alpha is {s.alpha:g}; give {name} of {need} or more"
            )


def verdict(
    levels: dict[str, Level], established: str | None, power: dict[str, Power], s: Settings
) -> str:
    """One plain sentence."""
    if established in ("identity", "symmetry"):
        level = levels[established]
        what = {
            "identity": "G(v) follows FD(v), image by image",
            "symmetry": "G(v) follows FD(v) up to a symmetry of the map",
        }[established]
        share = level.detail.get("like_a_share_of")
        as_if = "" if share is None else f", as if in {share:.0%} of the variance"
        return f"Correspondence: {what}{as_if} (adjusted p {level.p_adjusted:.3g})."
    if established == "rotation":
        level = levels["rotation"]
        kind = "rotation" if level.detail["is_rotation"] else "linear map, not surely a rotation,"
        return (
            f"Correspondence behind a hidden {kind} of the latents (adjusted p "
            f"{level.p_adjusted:.3g})."
        )
    if established == "local":
        return (
            "No correspondence of images, but neighbours stay neighbours more than with any "
            f"ignorant generators (adjusted p {levels['local'].p_adjusted:.3g})."
        )
    if levels["identity"].skipped:
        return f"Identity, symmetry and rotation cannot be asked: {levels['identity'].skipped}."
    known = power.get("identity")
    if known is None:
        return "No correspondence found."
    if known.smallest is None:
        return "No correspondence found, but this n would not have found FD itself: raise n."
    return (
        f"No correspondence found; a generator that followed FD, axis by axis, in "
        f"{known.smallest:.0%} of the variance would have been found in 80% of cases, corrected "
        f"for {len(TESTED)} rungs, with n = {s.n}."
    )


def reading_rows(level: Level) -> list[tuple[str, float, float, float, float, float]]:
    """Of rungs 4 and 5: parameter, R2, low, high, best baseline, ceiling."""
    d = level.detail
    return [
        (
            name, d["r2"][name], d["low"][name], d["high"][name],
            max(b[name] for b in d["baselines"].values()), d["ceiling"][name],
        )
        for name in PARAM_NAMES
    ]  # fmt: skip
