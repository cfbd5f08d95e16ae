"""Rung 3: whether there is a rotation Q with G(Qv) near FD(v).

Q is estimated on one half of the pairs (z, G(z)) and scored on the other, by the score of pairs.
The score is ranked among those of ignorant generators, p being the largest over their families.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import torch

from evalkit.correspondence.nulls.ensembles import Ensemble
from evalkit.correspondence.session import Session, Subject, as_uint8
from evalkit.networks.inverse_renderer import SIZE, Mixture
from evalkit.statistics.ascent import ascend, slopes
from evalkit.statistics.inference import bootstrap_weights, interval, rank
from evalkit.statistics.orthogonal_group import draw_group, haar
from evalkit.support.threads import one_thread, side_by_side
from fractaldream_base.progress import Bar

from .outcome import FamiliesResult
from .pair_scores import (
    FLOOR,
    SHOWN,
    SIGNS,
    fitted_pairs,
    p_if_informative,
    score_forms,
    score_pairs,
)

CONTROLS = 40  # hidden rotations, and linear maps that are none, that the score is compared with


class Controls(NamedTuple):
    """Scores of known maps, (CONTROLS,) each.

    planted: FD behind hidden rotations. linear: FD behind linear maps that are no rotations.
    """

    planted: np.ndarray
    linear: np.ndarray


@dataclass(frozen=True)
class FittedRotation:
    """A rotation found on some pairs and scored on the others.

    matrix: Q (6, 6), used as v = z @ Q. fitted: score on the pairs that it was found on.
    scores: of the other pairs, nats.
    """

    matrix: np.ndarray
    fitted: float
    scores: np.ndarray

    @property
    def score(self) -> float:
        """Mean score of the pairs that did not choose the rotation, nats."""
        return float(self.scores.mean())


@dataclass(frozen=True, kw_only=True)
class RotationResult(FamiliesResult):
    """Result of rung 3.

    Attributes
    ----------
    matrix
        The estimated rotation, (6, 6), used as v = z @ Q, refined on all pairs.
    fitted_score
        Score on the pairs that the rotation was found on, nats.
    planted_rotations_low
        Score that 95% of the maps FD behind a hidden rotation exceed.
    linear_maps_high
        Score that 95% of the maps FD behind a linear map that is no rotation stay below.
    is_rotation
        Whether the score is one of a rotation rather than of another linear map.
    """

    matrix: np.ndarray = field(metadata={"read": np.array})
    fitted_score: float
    planted_rotations_low: float = field(metadata={"key": "planted_rotations_5%"})
    linear_maps_high: float = field(metadata={"key": "linear_maps_95%"})
    is_rotation: bool


@one_thread()
def statistic(
    z: np.ndarray,
    mixture: Mixture,
    rng: np.random.Generator,
    *,
    screened: int = 48,
    starts: int = 16,
    steps: int = 50,
) -> FittedRotation:
    """Find the rotation of the latents that the inverse renderer likes best.

    It is the best of several ascents on O(6), found on the first half of the pairs, at most
    `MOST_FITTED`, and scored on the rest.

    Parameters
    ----------
    z
        Latents, (n, 6), in random order.
    mixture
        What the inverse renderer answers of their images.
    rng
        Draws the starts.
    screened
        Number of random starts beside those from read-offs.
    starts
        Number of the most likely starts that are followed.
    steps
        Steps of each ascent.
    """
    points = z.astype(np.float32)
    half = fitted_pairs(len(points))
    seen, fitted = points[:half], mixture[slice(0, half)]
    turns = np.concatenate(
        [eigen_starts(seen, fitted), haar(SIZE, screened, rng)], dtype=np.float32
    )
    forms = score_forms(fitted)
    likely = slopes(forms, seen, turns, FLOOR)[0].argsort()[::-1][:starts]
    turns, values = ascend(forms, seen, turns[likely], floor=FLOOR, steps=steps, rate=0.2)
    best = turns[values.argmax()]
    scores = score_pairs(mixture[slice(half, None)], torch.from_numpy(points[half:] @ best))
    return FittedRotation(best.astype(float), float(values.max()), scores.double().numpy())


@one_thread()
def refine(z: np.ndarray, mixture: Mixture, matrix: np.ndarray) -> np.ndarray:
    """Return the rotation (6, 6) near `matrix` that fits all pairs best: the estimate to report."""
    start, points = matrix.astype(np.float32)[None], z.astype(np.float32)
    turns = ascend(score_forms(mixture), points, start, floor=FLOOR, steps=60, rate=0.06)[0]
    out: np.ndarray = turns[0].astype(float)
    return out


def eigen_starts(z: np.ndarray, mixture: Mixture) -> np.ndarray:
    """Return orthogonal starts (16, 6, 6) from what the images tell of squares.

    For each of a to d it is the direction of z along which its square, as read off the image,
    grows most; the directions are made orthogonal and come with all patterns of signs.
    """
    second = mixture.moments()[0][:, SHOWN].clamp_max(9.0)
    second = second - second.mean(0)
    points = torch.from_numpy(z)
    spread = torch.einsum("nj,ni,nk->jik", second, points, points)
    axes = torch.linalg.eigh(spread)[1][..., -1]  # (4, 6)
    left, _, right = torch.linalg.svd(axes, full_matrices=False)
    axes = left @ right
    rest = torch.linalg.svd(axes)[2][4:]  # what is orthogonal to them
    frames = torch.cat([rest.expand(len(SIGNS), 2, SIZE), SIGNS[..., None] * axes], 1)
    out: np.ndarray = frames.transpose(1, 2).numpy()
    return out


def axis_errors(estimated: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the angles between the axes of a, b, c, d of two rotations, (4,), in degrees.

    estimated, true: (6, 6); signs are left aside.
    """
    cosines = np.abs(np.einsum("ij,ij->j", estimated, true))[SHOWN]
    out: np.ndarray = np.degrees(np.arccos(np.clip(cosines, -1, 1)))
    return out


def test(
    subject: Subject,
    session: Session,
    ensembles: dict[str, Ensemble],
    controls: Controls,
    rng: np.random.Generator,
) -> RotationResult:
    """Rank a generator's best rotation among those of ignorant generators.

    Parameters
    ----------
    subject, session
        The generator and what all share.
    ensembles
        Scores of the ignorant generators, by family.
    controls
        Scores that the result is compared with, see `control_scores`.
    rng
        Draws the order of the pairs, the starts and the bootstrap.
    """
    order = rng.permutation(len(subject.z))
    best = statistic(subject.z[order], subject.mixture[order], rng)
    nulls = {name: rank(name, best.score, e.rotation) for name, e in ensembles.items()}
    hardest = max(nulls, key=lambda name: nulls[name].p_value)
    weights = bootstrap_weights(len(best.scores), 999, rng)
    low = float(np.quantile(controls.planted, 0.05))
    high = float(np.quantile(controls.linear, 0.95))
    matrix = refine(subject.z, symmetrised_mixture(subject, session), best.matrix)
    return RotationResult(
        name="rotation",
        meaning="How much an image tells about its latents after the rotation, in nats, on pairs "
        "that were not used to find the rotation. An uninformative image scores 0. Scores of 0 or "
        "less are reported as p = 1.",
        statistic=best.score,
        effect=best.score,
        ci=interval(weights @ best.scores / len(best.scores)),
        p_value=p_if_informative(nulls[hardest].p_value, best.score),
        nulls={name: null.p_value for name, null in nulls.items()},
        draws=nulls[hardest].draws,
        hardest=hardest,
        matrix=matrix,
        fitted_score=best.fitted,
        planted_rotations_low=low,
        linear_maps_high=high,
        is_rotation=bool(best.score > high and best.score >= low),
        families={name: e.description for name, e in ensembles.items()},
    )


def control_scores(
    session: Session, rng: np.random.Generator, *, progress: bool = False
) -> Controls:
    """Score FD behind hidden rotations, and behind linear maps that are none."""
    n = min(session.options.n, 256)

    def pair(child: np.random.Generator) -> tuple[float, float]:
        left, right, turn = draw_group("haar", 6, 3, child)
        z = child.standard_normal((n, 6))
        stretched = left @ np.diag(np.exp(0.5 * child.standard_normal(6))) @ right
        stretched *= (6 / (stretched**2).sum()) ** 0.5
        images = session.renderer.small(np.concatenate([z, z @ stretched]))
        answers = session.inverse.answer(session.inverse.hidden(images))
        planted = statistic(z @ turn, answers[slice(0, n)], child).score
        return planted, statistic(z, answers[slice(n, None)], child).score

    drawn = side_by_side(pair, rng.spawn(CONTROLS))
    bar = Bar(drawn, desc="controls", total=CONTROLS, unit="pair", disable=not progress)
    return Controls(*np.array(list(bar)).T)


def symmetrised_mixture(subject: Subject, session: Session) -> Mixture:
    """Return what the images tell when looked at in all ways that the map's symmetries allow."""
    return session.inverse.answer_all_ways(subject.small, session.renderer.symmetries())


def turned_images(subject: Subject, session: Session) -> np.ndarray:
    """Generate images of the v that are shown, turned by a Q that was found on other pairs.

    Returns
    -------
    ndarray
        uint8 (8, H, W, C).
    """
    rng = np.random.default_rng([session.options.seed, 0xC3])
    rest = rng.permutation(np.setdiff1d(np.arange(len(subject.z)), session.picture_rows))
    best = statistic(subject.z[rest], subject.mixture[rest], rng)
    mixture = symmetrised_mixture(subject, session)[rest]
    matrix = refine(subject.z[rest], mixture, best.matrix)
    return as_uint8(session.decode(subject.model, session.v[session.picture_rows] @ matrix.T))
