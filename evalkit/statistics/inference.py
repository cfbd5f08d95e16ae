"""Ranks among null draws, Holm's correction, bootstrap intervals."""

from dataclasses import dataclass

import numpy as np

TIE = 1e-9  # values nearer than this are ties, which count against


@dataclass(frozen=True)
class Null:
    """A null distribution of a statistic, and where the observed value stands in it.

    Attributes
    ----------
    name
        What was drawn.
    draws
        Values of the statistic under the null, (m,).
    p_value
        (1 + number of draws >= observed) / (m + 1).
    observed
        The observed value, added up in the same order as the draws, so that ties stay ties.
    """

    name: str
    draws: np.ndarray
    p_value: float
    observed: float


def rank(name: str, observed: float, draws: np.ndarray) -> Null:
    """Rank an observed value among draws of its null distribution; ties count against.

    Parameters
    ----------
    name
        What was drawn.
    observed
        The observed value of the statistic; larger is stronger.
    draws
        Its values under the null, (m,).

    References
    ----------
    Phipson and Smyth 2010, Permutation p-values should never be zero.

    Examples
    --------
    >>> import numpy as np
    >>> rank("turns", 0.9, np.linspace(-1, 1, 99)).p_value
    0.06
    """
    draws = np.asarray(draws, float)
    above = int(np.count_nonzero(draws >= observed - TIE))
    return Null(name, draws, (1 + above) / (len(draws) + 1), float(observed))


def holm(p_values: dict[str, float]) -> dict[str, float]:
    """Return adjusted p-values that control the chance of any false rejection (Holm 1979).

    Examples
    --------
    >>> holm({"identity": 0.01, "rotation": 0.04, "neighbours": 0.5})
    {'identity': 0.03, 'rotation': 0.08, 'neighbours': 0.5}
    """
    adjusted, running = {}, 0.0
    for place, name in enumerate(sorted(p_values, key=lambda key: p_values[key])):
        running = max(running, min(1.0, (len(p_values) - place) * p_values[name]))
        adjusted[name] = running
    return {name: adjusted[name] for name in p_values}


def bootstrap_weights(n: int, draws: int, rng: np.random.Generator) -> np.ndarray:
    """Draw bootstrap samples of n pairs: how often each pair is in each sample, (draws, n)."""
    return rng.multinomial(n, np.full(n, 1 / n), size=draws).astype(float)


def interval(values: np.ndarray, level: float = 0.95) -> tuple[float, float]:
    """Return the percentile interval of bootstrap values (Efron 1979).

    Examples
    --------
    >>> import numpy as np
    >>> interval(np.arange(5), level=0.5)
    (1.0, 3.0)
    """
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
