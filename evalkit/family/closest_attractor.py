"""The attractor of the whole Fractal Dream family that is closest to an image.

The search starts from renderings with known parameters and renders again: each round draws
parameters about the best so far, near and far, and keeps what is closer. An image of the family
itself does not come to distance 0 either (the orbits are chaotic, so that parameters a hair away
draw other points). How far never-seen images of the family stay is therefore the yardstick.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from fractaldream.recipe import PARAM_NAMES

from .renderer import Renderer

Embedding = Callable[[np.ndarray], np.ndarray]  # levels uint8 (N, S, S) -> features (N, D)

SHRINK, GROW = 0.7, 1.3  # of the step after a round without, and with, an improvement
SMALLEST, LARGEST = 1e-3, 1.0  # step, standard deviations of the parameters


@dataclass(frozen=True)
class Bank:
    """Renderings that the search starts from: features (B, D) and parameters float64 (B, 6)."""

    features: np.ndarray
    params: np.ndarray


@dataclass(frozen=True)
class SearchOptions:
    """Options that set how long the search goes on.

    Attributes
    ----------
    rounds
        Number of rounds.
    children
        Renderings of a round, for each image.
    starts
        Renderings of the bank, the nearest ones, that each image starts from.
    step
        First step, in standard deviations of the parameters.
    """

    rounds: int = 16
    children: int = 32
    starts: int = 4
    step: float = 0.5


@dataclass(frozen=True)
class ClosestAttractors:
    """The closest rendering that the search reached, for each of N images.

    Attributes
    ----------
    params
        Its parameters, float64 (N, 6).
    levels
        The rendering itself, uint8 (N, S, S).
    before, after
        Distances to the nearest rendering of the bank and to this one, float64 (N,), in the units
        of the features.
    renderings
        Number of renderings that were made for it.
    """

    params: np.ndarray
    levels: np.ndarray
    before: np.ndarray
    after: np.ndarray
    renderings: int


@dataclass(frozen=True)
class FamilyDistance:
    """Distances of generated images from the family, beside those of never-seen images of it."""

    generated: ClosestAttractors
    fresh: ClosestAttractors

    @property
    def renderings(self) -> int:
        """Number of renderings that both searches made."""
        return self.generated.renderings + self.fresh.renderings

    @property
    def farther_than_fresh(self) -> float:
        """Share of the generated images that are farther from the family than 95% of the fresh."""
        return float((self.generated.after > np.quantile(self.fresh.after, 0.95)).mean())

    def medians(self) -> dict[str, dict[str, float]]:
        """Return median distances of generated and of fresh images, before and after."""
        return {
            name: {
                "nearest_known": float(np.median(side.before)),
                "closest_found": float(np.median(side.after)),
            }
            for name, side in (("generated", self.generated), ("fresh", self.fresh))
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        closest = self.generated
        return {
            "images": len(closest.after),
            "renderings": self.renderings,
            **self.medians(),
            "farther_than_95_percent_of_fresh": self.farther_than_fresh,
            "param_names": list(PARAM_NAMES),
            "found": [
                {"generated": i, "params": params.tolist(), "distance": float(distance)}
                for i, (params, distance) in enumerate(
                    zip(closest.params, closest.after, strict=True)
                )
            ],
        }


def closest_attractors(
    features: np.ndarray,
    bank: Bank,
    renderer: Renderer,
    embed: Embedding,
    rng: np.random.Generator,
    *,
    options: SearchOptions = SearchOptions(),
    progress: bool = False,
) -> ClosestAttractors:
    """Search the family for the renderings closest to images.

    Each round renders `options.children` for every image: half of them about the best so far, half
    about the others of its starts, each with one to six parameters moved by a random share of the
    step.

    Parameters
    ----------
    features
        Of the images, (N, D).
    bank
        Renderings to start from.
    renderer
        Renders parameters in units of their standard deviations.
    embed
        Maps levels to the same features.
    rng
        Draws the steps.
    options
        How long to search.
    progress
        Show progress on stderr.

    Returns
    -------
    ClosestAttractors
        One rendering for each image.
    """
    from evalkit.statistics.nearest_neighbours import nearest
    from fractaldream_base.progress import Bar

    starts = nearest(features, bank.features, min(options.starts, len(bank.params)))
    mean, scale = np.array(renderer.mean), np.array(renderer.scale)
    search = _Search(features, renderer, embed)
    search.start((bank.params[starts.rows] - mean) / scale, options.step)
    rounds = range(options.rounds)
    for _ in Bar(rounds, desc="family", disable=not progress):
        search.round(options.children, rng)
    return ClosestAttractors(
        params=mean + scale * search.parents[:, 0],
        levels=search.levels,
        before=starts.distances[:, 0],
        after=search.distances[:, 0],
        renderings=len(features) * options.children * options.rounds,
    )


class _Search:
    """The parents of each image, best first: v (N, P, 6) and distances (N, P)."""

    def __init__(self, features: np.ndarray, renderer: Renderer, embed: Embedding) -> None:
        self.features, self.renderer, self.embed = features, renderer, embed

    def start(self, v: np.ndarray, step: float) -> None:
        """Take v (N, P, 6) as the first parents.

        They are rendered again, since standardising moved the parameters by a rounding, which
        chaos shows.
        """
        levels, self.distances = self._rendered(v)
        self.parents = v
        self.levels = levels[np.arange(len(v)), self.distances.argmin(1)]
        self.step = np.full(len(v), step)
        self._sort()

    def round(self, children: int, rng: np.random.Generator) -> None:
        """Render children of every parent; each that is closer takes its parent's place."""
        n, several = self.distances.shape
        others = rng.integers(0, several, (n, children))
        which = np.where(np.arange(children) % 2 == 0, 0, others)
        v = np.take_along_axis(self.parents, which[..., None], 1)
        moved = rng.random((n, children, 6)) < rng.uniform(0.1, 1, (n, children, 1))
        share = 10 ** rng.uniform(-2, 0, (n, children, 1))
        v = v + moved * rng.standard_normal(v.shape) * share * self.step[:, None, None]
        levels, distances = self._rendered(v)
        better = np.zeros(n, bool)
        for i in range(n):
            for child in distances[i].argsort():
                parent = which[i, child]
                if distances[i, child] < self.distances[i, parent]:
                    if distances[i, child] < self.distances[i].min():
                        self.levels[i] = levels[i, child]
                    self.distances[i, parent] = distances[i, child]
                    self.parents[i, parent] = v[i, child]
                    better[i] = True
        self._sort()
        self.step = np.clip(self.step * np.where(better, GROW, SHRINK), SMALLEST, LARGEST)

    def _rendered(self, v: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the levels (N, M, S, S) of v (N, M, 6), and how far they are from the images."""
        levels = self.renderer.levels(v.reshape(-1, 6)).reshape(
            *v.shape[:2], *[self.renderer.recipe.size] * 2
        )
        distances = [
            np.sqrt(((self.embed(several) - row) ** 2).mean(1, dtype=np.float64))
            for row, several in zip(self.features, levels, strict=True)
        ]
        return levels, np.stack(distances)

    def _sort(self) -> None:
        order = self.distances.argsort(1, kind="stable")
        self.distances = np.take_along_axis(self.distances, order, 1)
        self.parents = np.take_along_axis(self.parents, order[..., None], 1)
