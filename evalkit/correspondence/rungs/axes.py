"""Rung 2's axes: the signed permutation of the latents that stands for the parameters.

Which axis is which of a to d is an assignment on read-offs (the covariance of the squares with what
the image tells of each square), the signs are the best by the score of pairs, both on the pairs
that a rotation would be found on; the others score the result.
"""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from scipy.optimize import linear_sum_assignment

from evalkit.correspondence.nulls.ensembles import Ensemble
from evalkit.networks.inverse_renderer import SIZE, Mixture
from evalkit.statistics.inference import Null, rank
from evalkit.support.threads import one_thread

from .pair_scores import SHOWN, SIGNS, fitted_pairs, p_if_informative, score_pairs


@dataclass(frozen=True)
class BestAxes:
    """The best signed permutation of the axes of zQ, for each of several transformations Q.

    Attributes
    ----------
    scores
        Mean score on the pairs that did not choose it, nats, (m,).
    matrices
        The signed permutations P, (m, 6, 6), used as v = z @ Q @ P.
    pair_scores
        For the first Q, the scores of those pairs one by one.
    """

    scores: np.ndarray
    matrices: np.ndarray
    pair_scores: np.ndarray

    @property
    def score(self) -> float:
        """Score of the first transformation."""
        return float(self.scores[0])

    @property
    def null(self) -> Null:
        """The first score's rank among those of the other transformations."""
        return rank("haar", self.scores[0], self.scores[1:])


@dataclass(frozen=True)
class AxesResult:
    """The best signed permutation of a generator's latents, and its rank; not a corrected p-value.

    Attributes
    ----------
    score
        Nats that an image tells of its latent, so permuted.
    matrix
        The signed permutation P, (6, 6), used as v = z @ P.
    p_haar
        Rank among Haar rotations of the latents.
    families
        Rank among ignorant generators, by family; empty until these are drawn.
    """

    score: float
    matrix: np.ndarray
    p_haar: float
    families: dict[str, float] = field(default_factory=dict)

    @property
    def hardest(self) -> str:
        """The family of ignorant generators with the largest p-value."""
        return max(self.families, key=lambda name: self.families[name])

    @property
    def p_families(self) -> float:
        """Rank among ignorant generators, the largest over their families."""
        return p_if_informative(self.families[self.hardest], self.score)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as `--json` writes them."""
        return {
            "score": self.score,
            "matrix": self.matrix,
            "p_haar": self.p_haar,
            "p_families": self.p_families,
            "hardest": self.hardest,
            "families": self.families,
        }

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "AxesResult":
        """Return the result that `to_dict` described."""
        fields = {name: values[name] for name in ("score", "p_haar", "families")}
        return cls(matrix=np.array(values["matrix"]), **fields)


@one_thread()
def statistic(z: np.ndarray, mixture: Mixture, turns: np.ndarray | None = None) -> BestAxes:
    """Find the best signed permutation of the axes of z @ Q, for each Q of turns.

    Parameters
    ----------
    z
        Latents, (n, 6).
    mixture
        What the inverse renderer answers of their images.
    turns
        Transformations Q, (m, 6, 6). Default: the identity alone.

    Returns
    -------
    BestAxes
        Scores and matrices P, used as v = z @ Q @ P.
    """
    turns = np.eye(SIZE)[None] if turns is None else turns
    points = torch.from_numpy(z).float()
    half = fitted_pairs(len(points))
    fitted, judged = mixture[slice(0, half)], mixture[slice(half, None)]
    second = fitted.moments()[0][:, SHOWN].clamp_max(9.0)
    second = (second - second.mean(0)) / second.std(0).clamp_min(1e-9)
    scores, matrices = np.empty(len(turns)), np.zeros((len(turns), SIZE, SIZE))
    first_pairs = np.empty(0)
    for k, turn in enumerate(torch.from_numpy(turns).float()):
        turned = points @ turn
        gain = (second.T @ turned[:half].square() / half).numpy()  # (4, 6)
        _, owners = linear_sum_assignment(-gain)
        order = [axis for axis in range(SIZE) if axis not in owners] + list(owners)
        frames = turned[:half][:, order].expand(len(SIGNS), half, SIZE).clone()
        frames[..., SHOWN] *= SIGNS[:, None]
        signs = SIGNS[score_pairs(fitted, frames).mean(-1).argmax()]
        factors = torch.cat([torch.ones(2), signs])
        pairs = score_pairs(judged, turned[half:][:, order] * factors).double().numpy()
        scores[k], first_pairs = pairs.mean(), pairs if k == 0 else first_pairs
        matrices[k, order, np.arange(SIZE)] = factors.numpy()
    return BestAxes(scores, matrices, first_pairs)


def test(best: BestAxes) -> AxesResult:
    """Rank the axes of z itself among Haar rotations.

    Parameters
    ----------
    best
        The statistic of z, first, and of z behind Haar rotations.
    """
    return AxesResult(score=best.score, matrix=best.matrices[0], p_haar=best.null.p_value)


def ranked_among(ensembles: dict[str, Ensemble], result: AxesResult) -> AxesResult:
    """Return the result with its ranks among ignorant generators, by family.

    These are for trained models, whose group leaves the score of the best signed permutation as it
    is, but for x0 and y0, which hardly show and are not sought.
    """
    ps = {name: rank(name, result.score, e.axes).p_value for name, e in ensembles.items()}
    return replace(result, families=ps)
