"""Search for the smallest share of the variance in which a generator must follow FD to be found.

G_s(z) = FD(sqrt(s) z + sqrt(1 - s) psi(z)) with psi a fresh map that scrambles N(0, I).
"""

import functools
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.statistics.inference import TIE
from evalkit.statistics.orthogonal_group import Twist
from evalkit.support.threads import side_by_side

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WANTED = 0.8  # of the replicates
AT_ONCE = 10  # replicates, before asking whether they suffice

Replicate = Callable[[float, int], tuple[bool, float]]  # share, number -> found, statistic


@dataclass(frozen=True)
class Power:
    """Power of a rung: the correspondence that it would have found.

    Attributes
    ----------
    smallest
        The smallest share found in 80% of the replicates; None: not even FD itself.
    rates
        Share of the replicates found, by share of the variance, where it was tried; replicates of
        a share end once they have decided whether 80% are reached.
    means
        Mean statistic, likewise.
    replicates
        Number of replicates.
    alpha
        The level, of one rung.
    """

    smallest: float | None
    rates: dict[float, float]
    means: dict[float, float]
    replicates: int
    alpha: float

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as `--json` writes them."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Power":
        """Return the power that `to_dict` described, from JSON, whose keys are text."""
        tables = {
            name: {float(share): value for share, value in values[name].items()}
            for name in ("rates", "means")
        }
        return cls(**values | tables)


def power_draws(level: float) -> int:
    """Return the number of draws of the group for a power: enough for the level, and few."""
    return max(99, int(np.ceil(1 / level)) - 1)


def most_replicates(replicates: int) -> int:
    """Return the number of replicates that `smallest_share` takes at most."""
    return replicates * (1 + (len(SHARES) - 1).bit_length())


def partial_images(
    renderer: Renderer, share: float, z: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Render G_s of the latents z (N, 6) with a fresh psi: (N, C, 32, 32)."""
    scrambled = Twist.draw(z.shape[1], rng)(z)
    return renderer.small(np.sqrt(share) * z + np.sqrt(1 - share) * scrambled)


def smallest_share(replicate: Replicate, *, replicates: int, alpha: float) -> Power:
    """Search `SHARES` by bisection.

    Parameters
    ----------
    replicate
        Says of a share and a replicate's number whether it is found, and its statistic.
    replicates
        Number of replicates.
    alpha
        The level at which replicates are found, for the record.
    """
    rates: dict[float, float] = {}
    means: dict[float, float] = {}

    def enough(place: int) -> bool:
        share = SHARES[place]
        outcomes: list[tuple[bool, float]] = []
        for start in range(0, replicates, AT_ONCE):
            several = range(start, min(start + AT_ONCE, replicates))
            outcomes += side_by_side(functools.partial(replicate, share), several)
            hits = sum(detected for detected, _ in outcomes)
            remaining = replicates - len(outcomes)
            if hits >= WANTED * replicates or hits + remaining < WANTED * replicates:
                break
        rates[share] = sum(detected for detected, _ in outcomes) / len(outcomes)
        means[share] = float(np.mean([statistic for _, statistic in outcomes]))
        return rates[share] >= WANTED

    low, high = 0, len(SHARES) - 1
    if not enough(high):
        return Power(None, rates, means, replicates, alpha)
    while low < high:
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle + 1
    return Power(
        SHARES[high], dict(sorted(rates.items())), dict(sorted(means.items())), replicates, alpha
    )


def equivalent_share(power: Power, statistic: float, none: float = 0.0) -> float:
    """Return the share whose mean statistic is this one.

    It lies between the shares that were tried; `none` is the mean statistic at a share of 0.
    """
    shares, means = zip((0.0, none), *power.means.items(), strict=True)
    return float(np.interp(statistic, np.maximum.accumulate(means), shares))


def is_found(values: np.ndarray, alpha: float, tie: float = TIE) -> bool:
    """Return whether the first value's rank among all is at most alpha.

    What is nearer than `tie` counts against.
    """
    above = int(np.count_nonzero(values[1:] >= values[0] - tie))
    return (1 + above) / len(values) <= alpha
