"""Ranks among null draws, Holm's correction, bootstrap intervals."""

from dataclasses import dataclass

import numpy as np

TIE = 1e-9  # nearer than this counts against


@dataclass(frozen=True)
class Null:
    """One null distribution of a statistic, and where the observed value stands in it.

    name: what was drawn. draws: (m,). p_value: (1 + number of draws >= observed) / (m + 1).
    observed: added up as the draws are, so that ties stay ties.
    """

    name: str
    draws: np.ndarray
    p_value: float
    observed: float


def rank(name: str, observed: float, draws: np.ndarray) -> Null:
    """The observed value's rank among the draws (Phipson and Smyth 2010); ties count against."""
    draws = np.asarray(draws, float)
    above = int(np.count_nonzero(draws >= observed - TIE))
    return Null(name, draws, (1 + above) / (len(draws) + 1), float(observed))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Adjusted p-values that keep the chance of any false rejection (Holm 1979)."""
    adjusted, running = {}, 0.0
    for place, name in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        running = max(running, min(1.0, (len(p_values) - place) * p_values[name]))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}


def bootstrap_weights(n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """How often each of n pairs is drawn, (draws, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of bootstrap values."""
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
