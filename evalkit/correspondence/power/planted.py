"""Plant FD in part, and look for it as the ladder looks.

The power is the same for all generators: what matters is FD, n, the draws and the ensembles of this
ladder. It is asked at the level that Holm demands of the smallest p, so that what is found is
established.
"""

from collections.abc import Sequence

import numpy as np

from evalkit.correspondence.nulls.ensembles import SHARED, Ensemble
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.rung_names import RUNGS, TESTED
from evalkit.correspondence.rungs import axes, neighbourhood, rotation
from evalkit.correspondence.rungs.identity_and_symmetry import likeness_of
from evalkit.correspondence.rungs.neighbourhood import References
from evalkit.correspondence.rungs.pair_scores import group_scorer, is_informative
from evalkit.correspondence.session import Session
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.networks.inverse_renderer import Mixture
from evalkit.statistics.orthogonal_group import Twist
from evalkit.support.threads import side_by_side
from fractaldream_base.progress import Bar

from .search import (
    Power,
    Replicate,
    is_found,
    most_replicates,
    partial_images,
    power_draws,
    smallest_share,
)

MOST_KEPT = 2**30  # bytes of replicates' images; what goes beyond is rendered again
TIE_IN_FLOAT32 = 1e-5  # a draw may be a symmetry of the map, and score what the identity scores
DRAWS_AT_ONCE = 20  # of the group: most of what is not found fails against few
DESCRIBES = "no test, only a description"
TOO_DEAR = "ssim compares every pair of images anew, eight times over; ask with another distance"


def power_of(planted: "Planted", *, progress: bool = False) -> dict[str, Power]:
    """Return the power of every rung that is tested and can be asked, by rung."""
    options = planted.session.options
    replicates: dict[str, Replicate] = {
        "identity": planted.identity,
        "symmetry": planted.symmetry,
        "rotation": planted.rotation,
        "local": planted.neighbourhood,
    }
    power = {}
    for name in TESTED:
        if name in no_power(options):
            continue
        total = most_replicates(options.replicates)  # where fewer decide, the bar ends early
        with Bar(
            desc=f"power of {name}", total=total, unit="replicate", disable=not progress
        ) as bar:

            def counted(
                share: float, k: int, replicate: Replicate = replicates[name], bar: Bar = bar
            ) -> tuple[bool, float]:
                bar.update()
                return replicate(share, k)

            power[name] = smallest_share(
                counted, replicates=options.replicates, alpha=options.level
            )
    return power


def no_power(options: CorrespondOptions, skipped: str | None = None) -> dict[str, str]:
    """Return why a rung carries no power, by rung; skipped: why rungs 1 to 3 were not climbed."""
    reasons = {}
    for name in RUNGS:
        if name not in TESTED:
            reasons[name] = DESCRIBES
        elif skipped:
            reasons[name] = skipped
        elif not options.replicates:
            reasons[name] = "not asked for: 0 replicates"
        elif name == "symmetry" and options.distance == "ssim" and options.group != "haar":
            reasons[name] = TOO_DEAR
    return reasons


class Planted:
    """Replicates of G_s: whether each rung finds one, and its statistic.

    A replicate has latents and a map psi of its own; its images are the same for every rung.

    Parameters
    ----------
    session
        What all generators share.
    ensembles
        Scores of the families that are the same for all generators, at least.
    fd_behind_draws
        For distances that compare images, FD's prepared images behind the identity and the first
        draws of the group.
    references
        Images of FD for rung 6.
    rng
        Draws the replicates' seeds and rung 6's ensemble of FD's own images.
    """

    def __init__(
        self,
        session: Session,
        ensembles: dict[str, Ensemble],
        fd_behind_draws: Sequence[np.ndarray],
        references: References,
        rng: np.random.Generator,
    ) -> None:
        options = session.options
        self.session, self.references = session, references
        self.ensembles = [ensembles[name] for name in SHARED]
        self.fd_behind_draws = fd_behind_draws
        self.level = options.level
        self.seeds = rng.integers(2**62, size=options.replicates)
        turns = session.turns[options.group][: power_draws(self.level)]
        self.turns = np.concatenate([np.eye(6)[None], turns])
        self.likeness = likeness_of(options.distance, session.inverse)
        self.symmetries = [matrix for _, matrix in session.renderer.symmetries()]
        # whether a rung looks at the images again, so that they are worth their memory
        self.looks_again = self.likeness is not None or len(self.symmetries) < len(OPERATIONS)
        self.rendered: dict[tuple[float, int], tuple[np.ndarray, np.ndarray]] = {}
        self.memory_left = MOST_KEPT
        self.neighbourhood_nulls = self._neighbourhood_nulls(rng.spawn(options.ensemble))

    def latents(self, k: int) -> np.ndarray:
        """Return the latents of a replicate, (n, 6).

        They are fresh, but those of the ladder where images are compared with FD's behind the
        draws, which were rendered for those.
        """
        if self.likeness is not None:
            return self.session.v
        rng = np.random.default_rng([self.seeds[k], 1])
        return rng.standard_normal(self.session.v.shape)

    def images(self, share: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the images of a replicate and the inverse renderer's hidden layer of them.

        Returns
        -------
        small : ndarray
            uint8 (n, C, 32, 32); (0, C, 32, 32) where no rung looks again.
        hidden : ndarray
            (n, 256).
        """
        if (share, k) in self.rendered:
            return self.rendered[share, k]
        rng = np.random.default_rng(self.seeds[k])
        small = partial_images(self.session.renderer, share, self.latents(k), rng)
        hidden = self.session.inverse.hidden(small)
        levels = ((small if self.looks_again else small[:0]) * 255).round().astype(np.uint8)
        if self.memory_left >= levels.nbytes + hidden.nbytes:
            self.memory_left -= levels.nbytes + hidden.nbytes
            self.rendered[share, k] = levels, hidden
        return levels, hidden

    def identity(self, share: float, k: int) -> tuple[bool, float]:
        """Look for a replicate by rung 1."""
        small, hidden = self.images(share, k)
        if self.likeness is None:
            return self._scored([self.session.inverse.answer(hidden)], k)
        return self._among_draws(self._likeness_to_fd([_unit(small)])[0])

    def symmetry(self, share: float, k: int) -> tuple[bool, float]:
        """Look for a replicate by rung 2, behind any of the map's symmetries.

        The best of the eight operations is the same for all, so that none needs to be drawn. Of
        signed permutations of the axes likewise.

        By density, where all eight are symmetries of the parameters, too, the images are looked at
        once and the latents turned in place of the images: eight times fewer looks, and the same
        as far as the inverse renderer answers mirrored images alike.
        """
        small, hidden = self.images(share, k)
        if self.session.options.group == "haar":
            mixture = self.session.inverse.answer(hidden)
            return self._among_draws(axes.statistic(self.latents(k), mixture, self.turns).scores)
        if self.likeness is None:
            return self._scored(self._looks(small, hidden), k)
        ways = [turned(_unit(small), *operation) for operation in OPERATIONS]
        return self._among_draws(self._likeness_to_fd(ways).max(0))

    def rotation(self, share: float, k: int) -> tuple[bool, float]:
        """Look for a replicate by rung 3: informative, and beyond the families that all share."""
        mixture = self.session.inverse.answer(self.images(share, k)[1])
        rng = np.random.default_rng(self.seeds[k])
        score = rotation.statistic(self.latents(k), mixture, rng).score
        families = [ensemble.rotation for ensemble in self.ensembles]
        return is_informative(score) and self._beyond(score, families), score

    def neighbourhood(self, share: float, k: int) -> tuple[bool, float]:
        """Look for a replicate by rung 6.

        It is ranked among the other attractors, and FD's own images behind maps that keep N(0, I).
        These ensembles are drawn once for all replicates: a family's scores depend on the law of
        the images, which for G_s is nearly FD's (bench/power.py), and not on the replicate that
        they are compared with.
        """
        value = self._kept_neighbours(self.latents(k), self.images(share, k)[1])
        return self._beyond(value, self.neighbourhood_nulls), value

    def _neighbourhood_nulls(self, rngs: list[np.random.Generator]) -> list[np.ndarray]:
        """Return rung 6's statistics of the ignorant generators, by family, (m,) each."""
        hidden = self.session.inverse.hidden(self.session.small)

        def scrambled(rng: np.random.Generator) -> float:
            return self._kept_neighbours(Twist.draw(6, rng).inverse(self.session.v), hidden)

        others = [e.neighbourhood for e in self.ensembles if len(e.neighbourhood)]
        return [*others, np.array(list(side_by_side(scrambled, rngs)))]

    def _looks(self, small: np.ndarray, hidden: np.ndarray) -> list[Mixture]:
        """Return what the inverse renderer answers of the images in each of the eight ways."""
        inverse = self.session.inverse
        if len(self.symmetries) == len(OPERATIONS):
            mixture = inverse.answer(hidden)
            return [mixture.behind(matrix) for matrix in self.symmetries]
        ways = [turned(_unit(small), *operation) for operation in OPERATIONS]
        return [inverse.answer(inverse.hidden(way)) for way in ways]

    def _scored(self, looks: list[Mixture], k: int) -> tuple[bool, float]:
        """Rank by the best look; where few draws settle it, the rest are left out."""
        values = np.full(len(self.turns), -np.inf)
        # float32 takes half the time
        scores = group_scorer(looks, self.latents(k).astype(np.float32))
        for start in range(0, len(values), DRAWS_AT_ONCE):
            part = slice(start, start + DRAWS_AT_ONCE)
            values[part] = scores(self.turns[part]).max(0)
            if not (detected := is_found(values, self.level, TIE_IN_FLOAT32)):
                break
        return detected, float(values[0])

    def _likeness_to_fd(self, ways: list[np.ndarray]) -> np.ndarray:
        """Return the likeness of images in several ways to FD behind the draws, (ways, 1 + m)."""
        assert self.likeness is not None
        prepared = [self.likeness.prepare(self.likeness.embed(way)) for way in ways]
        return np.stack([self.likeness.against(prepared, fd) for fd in self.fd_behind_draws], 1)

    def _among_draws(self, values: np.ndarray) -> tuple[bool, float]:
        """Rank the first value among the others."""
        return is_found(values, self.level), float(values[0])

    def _beyond(self, value: float, families: list[np.ndarray]) -> bool:
        """Return whether the largest p over the families is at most the level."""
        return all(is_found(np.append(value, scores), self.level) for scores in families)

    def _kept_neighbours(self, z: np.ndarray, hidden: np.ndarray) -> float:
        return float(neighbourhood.statistic(z, hidden, self.references).mean())


def _unit(small: np.ndarray) -> np.ndarray:
    """Return uint8 images in [0, 1]."""
    return small.astype(np.float32) / 255
