"""Families of ignorant generators, and the ensembles that rungs 2 (axes), 3 and 6 rank among."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.orthogonal_group import Twist, haar
from evalkit.support.threads import side_by_side
from fractaldream_base.progress import Bar

from .generators import Sampler, other_attractor, smooth_network, untrained, warped

ATTRACTORS = ("clifford", "dejong")
SHARED = ("warped FD", "twisted FD", *ATTRACTORS)  # the same for every generator of six
KEEP_NEIGHBOURS = ("twisted FD", "warped FD")  # so they are no null of rung 6


class Pairs(NamedTuple):
    """Latents (n, L), and the inverse renderer's hidden layer (n, 256) of their images."""

    z: np.ndarray
    hidden: np.ndarray


Draw = Callable[[np.random.Generator], Pairs]


class GeneratorFamily(NamedTuple):
    """One family of ignorant generators.

    description: what it is, in words. draw: how one generator's pairs are drawn. key: what its
    draws depend on beside the map, its inverse renderer, the number of pairs, the size of the
    ensemble and the seed; None for a family of which every generator under test has its own.
    """

    description: str
    draw: Draw
    key: str | None


class Scores(NamedTuple):
    """Statistics of one generator's pairs; None where a rung does not ask."""

    rotation: float | None
    axes: float | None
    neighbourhood: float | None


@dataclass(frozen=True)
class Ensemble:
    """Statistics of the ignorant generators of one family.

    Attributes
    ----------
    description
        What the family is, in words.
    rotation, axes
        Statistics of rung 3 and of rung 2's axes, (m,), empty unless there are six latents.
    neighbourhood
        Statistics of rung 6, (m,), empty for a family that keeps neighbours.
    key
        That of the family, see `GeneratorFamily`: ensembles of one key are the same.
    """

    description: str
    rotation: np.ndarray
    axes: np.ndarray
    neighbourhood: np.ndarray
    key: str | None = None


class _FamilyDraws:
    """Draws of each family for pairs like those of one generator under test."""

    def __init__(
        self,
        renderer: Renderer,
        inverse: InverseRenderer,
        pairs: Pairs,
        rng: np.random.Generator,
        images: int,
    ) -> None:
        self.renderer, self.inverse, self.pairs = renderer, inverse, pairs
        self.n, self.size = pairs.z.shape
        # many more than n: what is drawn of a few rows differs less than fresh latents would
        self.v = rng.standard_normal((max(images, 16 * self.n), 6))
        self.attractor_rngs = dict(zip(ATTRACTORS, rng.spawn(len(ATTRACTORS)), strict=True))
        self.pools: dict[str, np.ndarray] = {}
        self.first = threading.Lock()  # whoever comes first renders a pool, the others wait

    def smooth(self, gain: float) -> Draw:
        """Return the draw of a random smooth network of this gain."""

        def draw(rng: np.random.Generator) -> Pairs:
            points = rng.standard_normal((self.n, self.size))
            network = smooth_network(self.size, rng, gain=gain, channels=self.renderer.channels)
            return Pairs(points, self.inverse.hidden(network(points)))

        return draw

    def untrained(self, config: Any) -> Draw:
        """Return the draw of an untrained network of this configuration."""

        def draw(rng: np.random.Generator) -> Pairs:
            points = rng.standard_normal((self.n, self.size))
            sample = untrained(config, int(rng.integers(2**31)), self.renderer.palette)[0]
            return Pairs(points, self.inverse.hidden(sample(points)))

        return draw

    def warped(self, rng: np.random.Generator) -> Pairs:
        """Draw FD behind a random nonlinear map."""
        points = rng.standard_normal((self.n, 6))
        latents = self._latents_of(points, rng)
        return Pairs(latents, self.inverse.hidden(warped(self.renderer, rng)(points)))

    def twisted(self, rng: np.random.Generator) -> Pairs:
        """Draw FD(v) with v = twist(z)."""
        rows = self._subset(rng)
        latents = self._latents_of(Twist.draw(6, rng).inverse(self.v[rows]), rng)
        return Pairs(latents, self._pool("fd")[rows])

    def attractor(self, name: str) -> Draw:
        """Return the draw of Clifford or de Jong attractors."""

        def draw(rng: np.random.Generator) -> Pairs:
            rows = self._subset(rng)
            # not turned: axes of their own are what the best axes of rung 2 find, and for rung 3,
            # which looks for a rotation, and rung 6 all turns are alike
            v = self.v[rows]
            return Pairs(v if self.size == 6 else self._latents_of(v, rng), self._pool(name)[rows])

        return draw

    def rearranged(self, rng: np.random.Generator) -> Pairs:
        """Draw the generator's own images behind a random map that keeps N(0, I)."""
        return Pairs(Twist.draw(self.size, rng).inverse(self.pairs.z), self.pairs.hidden)

    def _subset(self, rng: np.random.Generator) -> np.ndarray:
        """Return rows of a pool, without repeats."""
        return np.asarray(rng.choice(len(self.v), self.n, replace=False))

    def _latents_of(self, v: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """Return v (n, 6) behind a random rotation, with noise beside it where L is larger."""
        noise = rng.standard_normal((len(v), max(0, self.size - 6)))
        wide = np.hstack([v, noise])
        out: np.ndarray = (wide @ haar(wide.shape[1], 1, rng)[0])[:, : self.size]
        return out

    def _pool(self, name: str) -> np.ndarray:
        """Return hidden layers of FD, or of another attractor, at all of v."""
        with self.first:
            if name not in self.pools:
                sample: Sampler = self.renderer.small
                if name != "fd":
                    sample = other_attractor(name, self.attractor_rngs[name], self.renderer)
                self.pools[name] = self.inverse.hidden(sample(self.v))
            return self.pools[name]


def families(
    renderer: Renderer,
    inverse: InverseRenderer,
    pairs: Pairs,
    rng: np.random.Generator,
    *,
    gain: float,
    config: Any = None,
    images: int = 4096,
) -> dict[str, GeneratorFamily]:
    """Return the families of ignorant generators for one generator under test.

    Parameters
    ----------
    renderer, inverse
        The map and its inverse renderer.
    pairs
        Pairs of the generator under test, for its own images behind scrambled maps; the families
        draw as many pairs with as many latents.
    rng
        Draws what the generators of a family share.
    gain
        Gain of the random smooth networks.
    config
        Configuration of the untrained networks; None for none.
    images
        Least number of images in the pools that several generators of a family draw from.

    Returns
    -------
    dict
        Families by name.
    """
    draws = _FamilyDraws(renderer, inverse, pairs, rng, images)
    latents = f"{draws.size} latents"
    smooth = f"random smooth networks, gain {gain:.2g}"
    described: dict[str, tuple[str, Draw]] = {
        "warped FD": ("FD behind random nonlinear maps", draws.warped),
        "twisted FD": ("FD behind random maps that keep N(0, I)", draws.twisted),
        "clifford": ("Clifford attractors", draws.attractor("clifford")),
        "dejong": ("de Jong attractors", draws.attractor("dejong")),
    }
    by_name = {
        "smooth networks": GeneratorFamily(smooth, draws.smooth(gain), f"{smooth}, {latents}"),
        **{
            name: GeneratorFamily(description, draw, f"{name}, {latents}")
            for name, (description, draw) in described.items()
        },
        "own images": GeneratorFamily(
            "its own images behind random maps that keep N(0, I)", draws.rearranged, None
        ),
    }
    if config is not None:
        by_name["untrained"] = GeneratorFamily(
            "untrained networks of its architecture", draws.untrained(config), f"{config}"
        )
    return by_name


def draw_ensemble(
    name: str,
    family: GeneratorFamily,
    statistics: Callable[[Pairs, np.random.Generator, bool], Scores],
    rngs: list[np.random.Generator],
    *,
    progress: bool = False,
) -> Ensemble:
    """Draw one generator of a family for each of rngs, and score it.

    Parameters
    ----------
    name, family
        The family and its name.
    statistics
        Scores of a generator's pairs; its last argument says whether the family keeps
        neighbours, so that rung 6 does not ask it.
    rngs
        Random generators, one for each ignorant generator.
    progress
        Show progress on stderr.

    Returns
    -------
    Ensemble
        The scores, in the order of rngs.
    """
    keeps_neighbours = name in KEEP_NEIGHBOURS

    def scores(rng: np.random.Generator) -> Scores:
        return statistics(family.draw(rng), rng, keeps_neighbours)

    drawn = side_by_side(scores, rngs)
    bar = Bar(drawn, desc=name, total=len(rngs), unit="generator", disable=not progress)
    columns = zip(*bar, strict=True)
    values = [np.array([x for x in column if x is not None], float) for column in columns]
    rotation, axes, neighbourhood = values
    return Ensemble(family.description, rotation, axes, neighbourhood, key=family.key)
