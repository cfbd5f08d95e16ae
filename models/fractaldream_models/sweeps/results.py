"""The trials of a sweep as they stand."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class TrialRow:
    """One trial; `value` is the figure at the best of its epochs, lower is better."""

    number: int
    state: str  # complete, pruned, fail or running
    value: float | None
    epochs: int
    settings: dict[str, Any]
    by_epoch: dict[int, float]
    replicates: list[float]  # with new seeds, finalists only
    lost: list[str]  # replicates that failed, by seed, and why
    why: str  # it failed
    run: str | None  # folder, where it is there
