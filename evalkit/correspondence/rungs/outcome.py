"""The fields that the results of all rungs share, and how they become JSON.

A rung's own fields become the entries of `detail`. The metadata of a field may name another `key`,
and functions that `write` its value and `read` it again.
"""

from dataclasses import dataclass, field, fields
from typing import Any, TypedDict, TypeVar

import numpy as np

from evalkit.statistics.inference import Null

Outcome = TypeVar("Outcome", bound="RungResult")
EFFECT_OF_MARGIN = "Effect: margin over the mean of the null distribution."


@dataclass(frozen=True, kw_only=True)
class RungResult:
    """Result of one rung; each rung adds fields of its own.

    Attributes
    ----------
    name
        One of `evalkit.correspondence.rung_names.RUNGS`.
    meaning
        What the statistic measures, in words.
    statistic
        The observed value.
    effect, ci
        The statistic on a scale of its own, with its 95% interval.
    p_value
        None where the rung describes.
    p_adjusted
        The p-value after Holm's correction; None where there is none, or not yet.
    nulls
        The p-value by null distribution, as ranked.
    draws
        Values of the null that `p_value` is of, or would be of where a score of 0 or less makes
        it 1.
    """

    name: str
    meaning: str
    statistic: float
    effect: float
    ci: tuple[float, float]
    p_value: float | None = None
    p_adjusted: float | None = None
    nulls: dict[str, float] = field(default_factory=dict)
    draws: np.ndarray | None = field(default=None, repr=False, compare=False)

    def to_dict(self) -> dict[str, Any]:
        """Return the rung as `--json` writes it."""
        return {
            "meaning": self.meaning,
            "statistic": self.statistic,
            "effect": self.effect,
            "ci": self.ci,
            "p_value": self.p_value,
            "p_adjusted": self.p_adjusted,
            "nulls": self.nulls,
            "detail": self._detail(),
            "skipped": None,
        }

    def _detail(self) -> dict[str, Any]:
        """Return the fields of this rung alone; those of no value are left out."""
        common = {f.name for f in fields(RungResult)}
        detail = {}
        for f in fields(self):
            value = getattr(self, f.name)
            if f.name not in common and value is not None:
                write = f.metadata.get("write")
                detail[f.metadata.get("key", f.name)] = write(value) if write else value
        return detail

    @classmethod
    def from_dict(
        cls: type[Outcome], name: str, values: dict[str, Any], draws: np.ndarray | None
    ) -> Outcome:
        """Return the result that `to_dict` described, with the null's draws beside it."""
        detail = values["detail"]
        shared = ("meaning", "statistic", "effect", "p_value", "p_adjusted", "nulls")
        arguments = {key: values[key] for key in shared}
        common = {f.name for f in fields(RungResult)}
        for f in fields(cls):
            if f.name not in common and (key := f.metadata.get("key", f.name)) in detail:
                read = f.metadata.get("read")
                arguments[f.name] = read(detail[key]) if read else detail[key]
        return cls(name=name, ci=tuple(values["ci"]), draws=draws, **arguments)


@dataclass(frozen=True, kw_only=True)
class FamiliesResult(RungResult):
    """Result of a rung whose p-value is the largest over families of ignorant generators.

    Attributes
    ----------
    hardest
        The family with the largest p-value.
    families
        Descriptions of the families.
    """

    hardest: str
    families: dict[str, str]


class Margin(TypedDict):
    """Fields of a `RungResult` whose effect is the margin over the mean of a null."""

    statistic: float
    effect: float
    ci: tuple[float, float]
    p_value: float
    nulls: dict[str, float]
    draws: np.ndarray


def margin_over(nulls: dict[str, Null], name: str, limits: tuple[float, float]) -> Margin:
    """Return the fields of a rung that is tested by one of several nulls.

    Parameters
    ----------
    nulls
        The nulls by name, all of the same statistic.
    name
        The null that decides.
    limits
        The 95% interval of the statistic.
    """
    null = nulls[name]
    mean = float(np.mean(null.draws))
    return {
        "statistic": null.observed,
        "effect": null.observed - mean,
        "ci": (limits[0] - mean, limits[1] - mean),
        "p_value": null.p_value,
        "nulls": {each: null.p_value for each, null in nulls.items()},
        "draws": null.draws,
    }


@dataclass(frozen=True)
class Skipped:
    """A rung that was not climbed, and why."""

    name: str
    reason: str

    def to_dict(self) -> dict[str, Any]:
        """Return the rung as `--json` writes it."""
        empty = dict.fromkeys(("statistic", "effect", "ci", "p_value", "p_adjusted"))
        return {"meaning": "", **empty, "nulls": {}, "detail": {}, "skipped": self.reason}
