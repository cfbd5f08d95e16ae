"""What a test would have found: generators that follow FD in a share s of the variance.

G_s(z) = FD(sqrt(s) z + sqrt(1 - s) psi(z)) with psi a fresh map that scrambles N(0, I).
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.statistics.inference import TIE
from evalkit.statistics.orthogonal_group import Twist
from evalkit.support.threads import side_by_side

SHARES = (0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
WANTED = 0.8  # of the replicates
AT_ONCE = 10  # replicates, before asking whether they suffice


def power_draws(level: float) -> int:
    """Draws of the group that the power is asked with: enough for the level, and few."""
    return max(99, int(np.ceil(1 / level)) - 1)


@dataclass(frozen=True)
class Power:
    """The smallest share found at the level in 80% of the replicates; None: not even FD itself.

    alpha: the level, of one rung.

    rates: share found, by s, where it was tried; replicates of s end once they have decided
    whether 80% are reached. means: mean statistic, by s, likewise.
    """

    smallest: float | None
    rates: dict[float, float]
    means: dict[float, float]
    replicates: int
    alpha: float


def partial(
    renderer: Renderer, share: float, z: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Images (N, C, 32, 32) of G_s of the latents z (N, 6), with a fresh psi."""
    scrambled = Twist.draw(z.shape[1], rng)(z)
    return renderer.small(np.sqrt(share) * z + np.sqrt(1 - share) * scrambled)


def smallest_share(
    found: Callable[[float, int], tuple[bool, float]], *, replicates: int, alpha: float
) -> Power:
    """By bisection over SHARES; found(s, k) says whether replicate k of share s is found, and its
    statistic."""
    rates: dict[float, float] = {}
    means: dict[float, float] = {}

    def enough(place: int) -> bool:
        share = SHARES[place]
        asked: list[tuple[bool, float]] = []
        for start in range(0, replicates, AT_ONCE):
            several = range(start, min(start + AT_ONCE, replicates))
            asked += side_by_side(functools.partial(found, share), several)
            held = sum(one for one, _ in asked)
            if held >= WANTED * replicates or held + replicates - len(asked) < WANTED * replicates:
                break
        rates[share] = sum(one for one, _ in asked) / len(asked)
        means[share] = float(np.mean([statistic for _, statistic in asked]))
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


def share_like(power: Power, statistic: float, none: float = 0.0) -> float:
    """The share s whose mean statistic is this one, between those tried and `none` at s = 0."""
    shares, means = zip((0.0, none), *power.means.items(), strict=True)
    return float(np.interp(statistic, np.maximum.accumulate(means), shares))


def ranked(values: np.ndarray, alpha: float, tie: float = TIE) -> bool:
    """Whether the first value's rank among all is at most alpha; what is nearer than `tie` counts
    against."""
    above = int(np.count_nonzero(values[1:] >= values[0] - tie))
    return (1 + above) / len(values) <= alpha
