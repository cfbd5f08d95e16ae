"""What each rung would have found: FD planted in part, and looked for as the ladder looks.

The same for all generators: what matters is FD, n, the draws and the ensembles of this ladder.
Asked at the level that Holm demands of the smallest p, so that what is found is established.
"""

from collections.abc import Callable

import numpy as np
from tqdm import tqdm

from evalkit.correspondence.nulls.ensembles import SHARED
from evalkit.correspondence.results import RUNGS, TESTED, Settings
from evalkit.correspondence.rungs.axes import best_axes
from evalkit.correspondence.rungs.encoders import learn_encoder
from evalkit.correspondence.rungs.neighbourhood import neighbourhood
from evalkit.correspondence.rungs.pair_scores import group_scorer
from evalkit.correspondence.rungs.pairs import likeness_of
from evalkit.correspondence.rungs.rotation import find_rotation
from evalkit.correspondence.session import Shared
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.networks.inverse_renderer import Mixture
from evalkit.statistics.orthogonal_group import Twist
from evalkit.support.threads import side_by_side

from .search import Power, partial, power_draws, ranked, smallest_share

MOST_KEPT = 2**30  # bytes of replicates' images; what goes beyond is rendered again
TIE_IN_FLOAT32 = 1e-5  # a draw may be a symmetry of the map, and score what the identity scores
DRAWS_AT_ONCE = 20  # of the group: most of what is not found fails against few
DESCRIBES = "describes, without a test that could find or miss"
TOO_DEAR = "ssim compares every pair of images anew, eight times over; ask with another distance"


def power_of(shared: Shared, rng: np.random.Generator, progress: bool) -> dict[str, Power]:
    """Of every rung that is tested and can be asked."""
    s = shared.settings
    planted = Planted(shared, rng)
    tests: dict[str, Callable[[float, int], tuple[bool, float]]] = {
        "identity": planted.identity,
        "symmetry": planted.symmetry,
        "rotation": planted.rotation,
        "local": planted.local,
    }
    out = {}
    for name in TESTED:
        if name in no_power(s, None):
            continue
        with tqdm(desc=f"power of {name}", unit="replicate", disable=not progress) as bar:

            def counted(
                share: float, k: int, name: str = name, bar: tqdm = bar
            ) -> tuple[bool, float]:
                bar.update()
                return tests[name](share, k)

            out[name] = smallest_share(counted, replicates=s.replicates, alpha=planted.level)
    return out


def no_power(s: Settings, skipped: str | None) -> dict[str, str]:
    """Why a rung carries no power, by rung. skipped: why rungs 1 to 3 were not climbed."""
    out = {}
    for name in RUNGS:
        if name not in TESTED:
            out[name] = DESCRIBES
        elif skipped:
            out[name] = skipped
        elif not s.replicates:
            out[name] = "not asked for: 0 replicates"
        elif name == "symmetry" and s.distance == "ssim" and s.group != "haar":
            out[name] = TOO_DEAR
    return out


class Planted:
    """G_s replicate by replicate: is it found, and its statistic.

    A replicate has latents and a map psi of its own; its images are the same for every rung.
    """

    def __init__(self, shared: Shared, rng: np.random.Generator) -> None:
        s = shared.settings
        self.shared = shared
        self.level = s.alpha / len(TESTED)
        self.seeds = rng.integers(2**62, size=s.replicates)
        self.turns = np.concatenate(
            [np.eye(6)[None], shared.turns[s.group][: power_draws(self.level)]]
        )
        self.likeness = likeness_of(s.distance, shared.inverse)
        self.symmetries = [matrix for _, matrix in shared.renderer.symmetries()]
        # whether a rung looks at the images again, so that they are worth their memory
        self.again = self.likeness is not None or len(self.symmetries) < len(OPERATIONS)
        self.made: dict[tuple[float, int], tuple[np.ndarray, np.ndarray]] = {}
        self.room = MOST_KEPT
        self.ignorant = self._ignorant(rng.spawn(s.ensemble))

    def latents(self, k: int) -> np.ndarray:
        """(n, 6), fresh; those of the ladder where images are compared with FD's behind the draws,
        which were rendered for those."""
        if self.likeness is not None:
            return self.shared.v
        rng = np.random.default_rng([self.seeds[k], 1])
        return rng.standard_normal(self.shared.v.shape)

    def images(self, share: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        """uint8 (n, C, 32, 32), none where no rung looks again, and hidden layers (n, 256)."""
        if (share, k) in self.made:
            return self.made[share, k]
        rng = np.random.default_rng(self.seeds[k])
        small = partial(self.shared.renderer, share, self.latents(k), rng)
        hidden = self.shared.inverse.hidden(small)
        seen = ((small if self.again else small[:0]) * 255).round().astype(np.uint8)
        if self.room >= seen.nbytes + hidden.nbytes:
            self.room -= seen.nbytes + hidden.nbytes
            self.made[share, k] = seen, hidden
        return seen, hidden

    def identity(self, share: float, k: int) -> tuple[bool, float]:
        small, hidden = self.images(share, k)
        if self.likeness is None:
            return self._scored([self.shared.inverse.answer(hidden)], k)
        return self._ranked(self._against([_unit(small)])[0])

    def symmetry(self, share: float, k: int) -> tuple[bool, float]:
        """G_s behind any of the map's symmetries: the best of the eight operations is the same
        for all, so that none needs to be drawn. Of signed permutations of the axes likewise.

        By density, where all eight are symmetries of the parameters, too, the images are looked at
        once and the latents turned in place of the images: eight times fewer looks, and the same
        as far as the inverse renderer answers mirrored images alike.
        """
        small, hidden = self.images(share, k)
        if self.shared.settings.group == "haar":
            told = self.shared.inverse.answer(hidden)
            return self._ranked(best_axes(self.latents(k), told, self.turns)[0])
        if self.likeness is None:
            return self._scored(self._looks(small, hidden), k)
        values = self._against([turned(_unit(small), *how) for how in OPERATIONS])
        return self._ranked(values.max(0))

    def rotation(self, share: float, k: int) -> tuple[bool, float]:
        """Above 0, and against the families that are the same for all generators."""
        answer = self.shared.inverse.answer(self.images(share, k)[1])
        rng = np.random.default_rng(self.seeds[k])
        score = find_rotation(self.latents(k), answer, rng).score
        beyond = self._beyond(score, [self.shared.drawn[name].rotations for name in SHARED])
        return beyond[0] and score > 0, score

    def local(self, share: float, k: int) -> tuple[bool, float]:
        """Against the other attractors, and FD's own images behind maps that keep N(0, I).

        These ensembles are drawn once for all replicates: a family's scores depend on the law of
        the images, which for G_s is nearly FD's (bench/power.py), and not on the replicate that
        they are compared with.
        """
        value = self._overlap(self.latents(k), self.images(share, k)[1])
        return self._beyond(value, self.ignorant)

    def _ignorant(self, rngs: list[np.random.Generator]) -> list[np.ndarray]:
        """The ensembles of `local`, (m,) each."""
        hidden = self.shared.inverse.hidden(self.shared.small)

        def own(rng: np.random.Generator) -> float:
            return self._overlap(Twist.draw(6, rng).inverse(self.shared.v), hidden)

        known = (self.shared.drawn[name].local for name in SHARED)
        others = [scores for scores in known if len(scores)]
        return [*others, np.array(list(side_by_side(own, rngs)))]

    def _looks(self, small: np.ndarray, hidden: np.ndarray) -> list[Mixture]:
        """What the images tell in each of the eight ways."""
        inverse = self.shared.inverse
        if len(self.symmetries) == len(OPERATIONS):
            told = inverse.answer(hidden)
            return [told.behind(matrix) for matrix in self.symmetries]
        return [inverse.answer(inverse.hidden(turned(_unit(small), *how))) for how in OPERATIONS]

    def _scored(self, looks: list[Mixture], k: int) -> tuple[bool, float]:
        """By the best look; where few draws settle that it is not found, the rest are left out."""
        values = np.full(len(self.turns), -np.inf)
        # float32 takes half the time
        scores = group_scorer(looks, self.latents(k).astype(np.float32))
        for start in range(0, len(values), DRAWS_AT_ONCE):
            part = slice(start, start + DRAWS_AT_ONCE)
            values[part] = scores(self.turns[part]).max(0)
            if not (found := ranked(values, self.level, TIE_IN_FLOAT32)):
                break
        return found, float(values[0])

    def _against(self, ways: list[np.ndarray]) -> np.ndarray:
        """Likeness of images in several ways to FD behind the draws, (ways, 1 + m)."""
        assert self.likeness is not None
        mine = [self.likeness.prepare(self.likeness.embed(way)) for way in ways]
        return np.stack([self.likeness.against(mine, other) for other in self.shared.kept], 1)

    def _ranked(self, values: np.ndarray) -> tuple[bool, float]:
        return ranked(values, self.level), float(values[0])

    def _beyond(self, value: float, families: list[np.ndarray]) -> tuple[bool, float]:
        """Found where the largest p over the families is."""
        found = all(ranked(np.append(value, scores), self.level) for scores in families)
        return found, value

    def _overlap(self, z: np.ndarray, hidden: np.ndarray) -> float:
        codes = learn_encoder(z, hidden)(self.shared.local_hidden)
        return float(neighbourhood(codes, self.shared.local_near).mean())


def _unit(small: np.ndarray) -> np.ndarray:
    return small.astype(np.float32) / 255
