"""The tests as the ladder makes them, on generators of which only pairs are known."""

import zlib
from dataclasses import dataclass

import numpy as np

from evalkit.correspondence.nulls.ensembles import (
    KEEP_NEIGHBOURS,
    SHARED,
    GeneratorFamily,
    Pairs,
    families,
)
from evalkit.correspondence.rungs import axes, neighbourhood, rotation
from evalkit.correspondence.rungs.neighbourhood import References, neighbours_by_size
from evalkit.correspondence.rungs.pair_scores import group_scores, p_if_informative
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.inference import TIE, rank
from evalkit.statistics.orthogonal_group import GROUPS, draw_group

ALPHA = 0.05
POOL = 2048
READ = 1024  # images that rung 6 looks at, half of the ladder's
ENSEMBLES = 4
RANKED = ("rotation", "axes, families", "local")  # among families of ignorant generators


@dataclass(frozen=True)
class Drawn:
    """One generator's pairs: latents (n, 6), hidden layers (8, n, 256). gain: that of random smooth
    networks like it. family: that its null goes without."""

    z: np.ndarray
    ops: np.ndarray
    gain: float
    family: str = ""


class Bench:
    """The tests as the ladder makes them, but for the ensembles, of which there are a few sets, and
    without the family of untrained networks, which could only raise a p."""

    def __init__(
        self, renderer: Renderer, inverse: InverseRenderer, rotations: int, ensemble: int
    ) -> None:
        self.renderer, self.inverse = renderer, inverse
        self.rotations, self.ensemble = rotations, ensemble
        rng = np.random.default_rng(99)
        read_v = rng.standard_normal((READ, 6))
        read_hidden = inverse.hidden(renderer.small(read_v))
        self.references = References(read_v, read_hidden, neighbours_by_size(read_v))
        self._known: dict[tuple[int, str, float, int], dict[str, np.ndarray]] = {}

    def ops(self, small: np.ndarray) -> np.ndarray:
        """Hidden layers after each of the eight operations, (8, n, 256)."""
        return np.stack([self.inverse.hidden(turned(small, *symmetry)) for symmetry in OPERATIONS])

    def group(self, z: np.ndarray, ops: np.ndarray, rng: np.random.Generator) -> dict[str, float]:
        """p of rungs 1 and 2 under both groups, and of the axes under Haar."""
        mixtures = [self.inverse.answer(hidden) for hidden in ops]
        out = {}
        for group in GROUPS:
            turns = np.concatenate([np.eye(6)[None], draw_group(group, 6, self.rotations, rng)])
            values = group_scores(mixtures, z, turns)
            out[f"identity, {group}"] = rank("", values[0, 0], values[0, 1:]).p_value
            best = values.max(0)
            out[f"symmetry, {group}"] = rank("", best[0], best[1:]).p_value
            if group == "haar":
                out["axes, haar"] = axes.statistic(z, mixtures[0], turns).null.p_value
        return out

    def families(self, drawn: Drawn, rng: np.random.Generator) -> dict[str, float]:
        """p of rungs 3 and 6 and of the axes, the largest over the families: exact at ALPHA and
        below, else a lower bound."""
        observed = {name: self.score(name, drawn.z, drawn.ops[0], rng) for name in RANKED}
        worst = {k: 0.0 if k == "local" else p_if_informative(0.0, observed[k]) for k in RANKED}
        which = int(rng.integers(ENSEMBLES))
        for family in ("smooth networks", *SHARED):
            if family != drawn.family:
                for name, scores in self._ensemble(family, drawn, which).items():
                    worst[name] = max(worst[name], rank("", observed[name], scores).p_value)
        # its own images can only raise a p, and are drawn until all are above ALPHA
        draw = self._families(drawn, rng)["own images"].draw
        above = dict.fromkeys(RANKED, 0)
        for child in rng.spawn(self.ensemble):
            undecided = [name for name in RANKED if worst[name] <= ALPHA]
            if not undecided:
                break
            points, seen = draw(child)
            for name in undecided:
                above[name] += self.score(name, points, seen, child) >= observed[name] - TIE
                worst[name] = max(worst[name], (1 + above[name]) / (self.ensemble + 1))
        return worst

    def score(
        self, name: str, z: np.ndarray, hidden: np.ndarray, rng: np.random.Generator
    ) -> float:
        """The statistic that is ranked among the families, of pairs (n, 6) and (n, 256)."""
        if name == "local":
            return float(neighbourhood.statistic(z, hidden, self.references).mean())
        mixture = self.inverse.answer(hidden)
        if name == "rotation":
            return rotation.statistic(z, mixture, rng).score
        return axes.statistic(z, mixture).score

    def _families(self, drawn: Drawn, rng: np.random.Generator) -> dict[str, GeneratorFamily]:
        return families(
            self.renderer, self.inverse, Pairs(drawn.z, drawn.ops[0]), rng, gain=drawn.gain
        )  # fmt: skip

    def _ensemble(self, family: str, drawn: Drawn, which: int) -> dict[str, np.ndarray]:
        """Statistics of its ignorant generators, without `local` where neighbours are kept."""
        n = len(drawn.z)
        key = (n, family, drawn.gain if family == "smooth networks" else 0.0, which)
        if key not in self._known:
            rng = np.random.default_rng([n, zlib.crc32(family.encode()), which])
            draw = self._families(drawn, rng)[family].draw
            pairs = [(*draw(child), child) for child in rng.spawn(self.ensemble)]
            rungs = RANKED[:-1] if family in KEEP_NEIGHBOURS else RANKED
            self._known[key] = {
                name: np.array([self.score(name, *pair) for pair in pairs]) for name in rungs
            }
        return self._known[key]
