"""Rungs 1 and 2: how well images go with latents, and with latents behind draws of a group."""

from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from evalkit.correspondence.likeness import Euclidean, Likeness, Ssim, Terms, blurred
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.networks.inverse_renderer import InverseRenderer, Mixture

from .pair_scores import centred_scores, group_scores

DISTANCES = ("density", "features", "blur", "ssim")


def likeness_of(distance: str, inverse: InverseRenderer) -> Likeness | None:
    """How images are compared; None for density, which compares none."""
    if distance == "density":
        return None
    if distance == "ssim":
        return Ssim()
    return Euclidean(distance, blurred() if distance == "blur" else inverse.hidden)


@dataclass(frozen=True)
class PairTest:
    """The statistic of rungs 1 and 2 for one generator, after each of the eight operations on the
    square: of latents alone (density), or of FD's images (all other distances).

    likeness: None for density. prepared: G's images after each operation. mixtures: of density.
    """

    likeness: Likeness | None
    prepared: list[np.ndarray]
    mixtures: list[Mixture]

    def pairs(self, operation: int, v: np.ndarray, small: np.ndarray) -> Terms:
        """What each pair adds."""
        if self.likeness is None:
            scores = centred_scores(self.mixtures[operation], torch.from_numpy(v).float())
            ones = np.ones(len(v))
            return Terms(scores.double().numpy(), ones, ones)
        return self.likeness.terms(self.prepared[operation], self.likeness.embed(small))


def pair_test(distance: str, inverse: InverseRenderer, mine: np.ndarray) -> PairTest:
    """Of a generator's images (n, C, 32, 32)."""
    ways = [turned(mine, *how) for how in OPERATIONS]
    likeness = likeness_of(distance, inverse)
    if likeness is None:
        return PairTest(None, [], [inverse.answer(inverse.hidden(way)) for way in ways])
    return PairTest(likeness, [likeness.embed(way) for way in ways], [])


def group_statistics(
    tests: dict[int, PairTest],
    renderer: Renderer,
    v: np.ndarray,
    turns: dict[str, np.ndarray],
    keep: str,
    progress: bool,
    kept_draws: int = 0,
) -> tuple[dict[int, dict[str, np.ndarray]], list[np.ndarray]]:
    """Statistics of each generator against v and vQ of every draw, by operation, and FD's
    prepared images behind the identity and the first `kept_draws` draws of the group `keep`, or
    nothing of 0 draws.

    The operations on the square are done to G: T(op G, FD) is T(G, FD) after the inverse one.
    """
    if not tests:
        return {}, []
    likeness = next(iter(tests.values())).likeness
    draws = {g: np.concatenate([np.eye(6)[None], t]) for g, t in turns.items()}
    if likeness is None:
        scored = {
            k: {g: group_scores(test.mixtures, v, t) for g, t in draws.items()}
            for k, test in tests.items()
        }
        return scored, []
    ways = {k: [likeness.prepare(way) for way in test.prepared] for k, test in tests.items()}
    out = {k: {g: np.empty((len(OPERATIONS), len(t))) for g, t in draws.items()} for k in tests}
    kept: list[np.ndarray] = []
    total = sum(len(t) for t in draws.values())
    bar = tqdm(total=total, desc="FD behind draws of the groups", unit="draw", disable=not progress)
    n, at_once = len(v), max(1, 4096 // len(v))
    for group, matrices in draws.items():
        for start in range(0, len(matrices), at_once):
            part = matrices[start : start + at_once]
            embedded = likeness.embed(renderer.small(np.concatenate([v @ turn for turn in part])))
            for place in range(len(part)):
                one = likeness.prepare(embedded[place * n : (place + 1) * n])
                for k, mine in ways.items():
                    out[k][group][:, start + place] = likeness.against(mine, one)
                if group == keep and kept_draws and len(kept) <= kept_draws:
                    kept.append(one)
            bar.update(len(part))
    bar.close()
    return out, kept
