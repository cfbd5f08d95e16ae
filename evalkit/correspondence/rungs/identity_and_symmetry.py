"""Rungs 1 and 2: whether G(v) and FD(v) go together, as they are or behind a symmetry.

Both are ranked among transformed copies of themselves: if the latent axes are arbitrary, G(v)
against FD(v) is no better matched than G(v) against FD(vQ), for draws Q of a group.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch

from evalkit.correspondence.likeness import Euclidean, Likeness, Ssim, Terms, blurred
from evalkit.correspondence.session import Session, Subject
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import OPERATIONS, Operation, turned
from evalkit.networks.inverse_renderer import InverseRenderer, Mixture
from evalkit.statistics.inference import Null, bootstrap_weights, interval, rank
from fractaldream_base.progress import Bar

from . import axes
from .axes import AxesResult, BestAxes
from .outcome import EFFECT_OF_MARGIN, RungResult, margin_over
from .pair_scores import centred_scores, group_scores

OPERATION_FIELDS = ("transposed", "mirror_x", "mirror_y")
GroupScores = dict[str, np.ndarray]  # by group: (8, 1 + m) by operation, the observed value first


@dataclass(frozen=True)
class PairComparison:
    """Comparison of one generator's pairs, after each of the eight operations on the square.

    Attributes
    ----------
    likeness
        How images are compared with FD's; None for the distance ``density``, which asks the
        inverse renderer about latents alone.
    embedded
        The generator's images after each operation, as `likeness` compares them.
    mixtures
        For density, what the inverse renderer answers of the images after each operation.
    """

    likeness: Likeness | None
    embedded: list[np.ndarray]
    mixtures: list[Mixture]

    def terms(self, operation: int, v: np.ndarray, small: np.ndarray) -> Terms:
        """Return what each pair adds to the statistic.

        operation: place in `OPERATIONS`. v: latents, (n, 6). small: FD(v), (n, C, 32, 32).
        """
        if self.likeness is None:
            scores = centred_scores(self.mixtures[operation], torch.from_numpy(v).float())
            ones = np.ones(len(v))
            return Terms(scores.double().numpy(), ones, ones)
        return self.likeness.terms(self.embedded[operation], self.likeness.embed(small))


@dataclass(frozen=True, kw_only=True)
class IdentityResult(RungResult):
    """Result of rung 1.

    Attributes
    ----------
    correlation_of_blurred
        Correlation of the blurred images G(v) with FD(v), 1 for equal images.
    like_a_share_of
        Share of the variance in which a generator that follows FD scores like this, in the mean;
        None without a power calculation.
    """

    correlation_of_blurred: float
    like_a_share_of: float | None = None


def _write_operation(operation: Operation) -> dict[str, bool]:
    return dict(zip(OPERATION_FIELDS, operation, strict=True))


def _read_operation(values: dict[str, bool]) -> Operation:
    transposed, mirror_x, mirror_y = (values[name] for name in OPERATION_FIELDS)
    return transposed, mirror_x, mirror_y


@dataclass(frozen=True, kw_only=True)
class SymmetryResult(RungResult):
    """Result of rung 2.

    Attributes
    ----------
    operation
        The best operation on the square: transposed, mirror_x, mirror_y.
    axes
        The best signed permutation of the latents.
    like_a_share_of
        As for `IdentityResult`.
    """

    operation: Operation = field(metadata={"write": _write_operation, "read": _read_operation})
    axes: AxesResult = field(metadata={"write": AxesResult.to_dict, "read": AxesResult.from_dict})
    like_a_share_of: float | None = None


def likeness_of(distance: str, inverse: InverseRenderer) -> Likeness | None:
    """Return how images are compared; None for density, which compares none."""
    if distance == "density":
        return None
    if distance == "ssim":
        return Ssim()
    return Euclidean(distance, blurred() if distance == "blur" else inverse.hidden)


def compare(distance: str, inverse: InverseRenderer, small: np.ndarray) -> PairComparison:
    """Prepare a generator's images (n, C, 32, 32) for comparison by a distance."""
    operated = [turned(small, *operation) for operation in OPERATIONS]
    likeness = likeness_of(distance, inverse)
    if likeness is None:
        return PairComparison(None, [], [inverse.answer(inverse.hidden(way)) for way in operated])
    return PairComparison(likeness, [likeness.embed(way) for way in operated], [])


def statistic(
    comparisons: Sequence[PairComparison],
    renderer: Renderer,
    v: np.ndarray,
    turns: dict[str, np.ndarray],
    *,
    keep: str = "",
    kept_draws: int = 0,
    progress: bool = False,
) -> tuple[list[GroupScores], list[np.ndarray]]:
    """Score several generators against FD(v) and against FD(vQ) of every draw Q.

    FD behind the draws is rendered once for all. The operations on the square are done to G:
    T(op G, FD) is T(G, FD) after the inverse one.

    Parameters
    ----------
    comparisons
        The generators, all by the same distance.
    renderer
        FD.
    v
        Latents, (n, 6).
    turns
        Draws by group, (m, 6, 6).
    keep, kept_draws
        Group of which FD's prepared images are kept, and the number of draws; 0 for none.
    progress
        Show progress on stderr.

    Returns
    -------
    scores : list
        For each generator its scores by group, (8, 1 + m) by operation; the first column is the
        observed value.
    kept : list
        FD's prepared images behind the identity and the first `kept_draws` draws of `keep`; empty
        for density, which compares no images.
    """
    draws = {group: np.concatenate([np.eye(6)[None], t]) for group, t in turns.items()}
    if all(comparison.likeness is None for comparison in comparisons):
        return [_density_scores(comparison, v, draws) for comparison in comparisons], []
    fd_behind_draws: list[np.ndarray] = []
    scores = [
        {group: np.empty((len(OPERATIONS), len(matrices))) for group, matrices in draws.items()}
        for _ in comparisons
    ]
    for group, matrices in draws.items():
        desc = f"FD behind draws, {group}"
        bar = Bar(total=len(matrices), desc=desc, unit="draw", disable=not progress)
        for place, (fd, of_each) in enumerate(_likenesses(comparisons, renderer, v, matrices)):
            for of_generator, values in zip(scores, of_each, strict=True):
                of_generator[group][:, place] = values
            if group == keep and kept_draws and len(fd_behind_draws) <= kept_draws:
                fd_behind_draws.append(fd)
            bar.update()
        bar.close()
    return scores, fd_behind_draws


def _density_scores(
    comparison: PairComparison, v: np.ndarray, draws: dict[str, np.ndarray]
) -> GroupScores:
    """Return scores by group of a generator whose images are judged by density."""
    return {
        group: group_scores(comparison.mixtures, v, matrices) for group, matrices in draws.items()
    }


def _likenesses(
    comparisons: Sequence[PairComparison], renderer: Renderer, v: np.ndarray, matrices: np.ndarray
) -> Iterator[tuple[np.ndarray, list[np.ndarray]]]:
    """Yield for each matrix Q FD's prepared images of vQ, and each generator's likeness to them.

    The likeness is that after each of the eight operations, (8,).
    """
    likeness = comparisons[0].likeness
    assert likeness is not None
    prepared = [[likeness.prepare(way) for way in each.embedded] for each in comparisons]
    n, at_once = len(v), max(1, 4096 // len(v))
    for start in range(0, len(matrices), at_once):
        part = matrices[start : start + at_once]
        embedded = likeness.embed(renderer.small(np.concatenate([v @ turn for turn in part])))
        for place in range(len(part)):
            fd = likeness.prepare(embedded[place * n : (place + 1) * n])
            yield fd, [likeness.against(ways, fd) for ways in prepared]


def test(
    subject: Subject,
    session: Session,
    comparison: PairComparison,
    scores: GroupScores,
    best_axes: BestAxes,
    rng: np.random.Generator,
) -> tuple[IdentityResult, SymmetryResult]:
    """Rank a generator's scores among those of the draws of the group.

    Parameters
    ----------
    subject, session
        The generator and what all share.
    comparison, scores
        How its pairs are judged, and its `statistic`.
    best_axes
        Its best signed permutation, which under the group ``haar`` is rung 2's statistic.
    rng
        Draws the bootstrap.
    """
    group = session.options.group
    weights = bootstrap_weights(len(session.v), 999, rng)
    best = int(np.argmax(scores[group][:, 0]))
    identity = _identity(subject, session, comparison, scores, weights)
    if group == "haar":
        return identity, _symmetry_of_axes(best_axes, OPERATIONS[best], rng)
    nulls = _nulls({name: values.max(0) for name, values in scores.items()})
    limits = interval(comparison.terms(best, session.v, session.small).value(weights))
    return identity, SymmetryResult(
        name="symmetry",
        meaning=f"The score of rung 1 after the best symmetry of the square. {EFFECT_OF_MARGIN}",
        # the best of eight is above 0 for whoever knows nothing
        **margin_over(nulls, group, limits),
        operation=OPERATIONS[best],
        axes=axes.test(best_axes),
    )


def _identity(
    subject: Subject,
    session: Session,
    comparison: PairComparison,
    scores: GroupScores,
    weights: np.ndarray,
) -> IdentityResult:
    """Return rung 1; weights (B, n) are those of the bootstrap."""
    group = session.options.group
    nulls = _nulls({name: values[0] for name, values in scores.items()})
    blur = Euclidean("blur", blurred())
    alike = blur.terms(blur.embed(subject.small), blur.embed(session.small)).value()
    return IdentityResult(
        name="identity",
        meaning=_meaning(session),
        statistic=nulls[group].observed,
        effect=nulls[group].observed,
        ci=interval(comparison.terms(0, session.v, session.small).value(weights)),
        p_value=nulls[group].p_value,
        nulls={name: null.p_value for name, null in nulls.items()},
        draws=nulls[group].draws,
        correlation_of_blurred=float(alike),
    )


def _meaning(session: Session) -> str:
    """Return what the statistic of rung 1 measures, in words."""
    if session.options.distance == "density":
        return "How much better an image fits its own latents than those of other images, in nats."
    return "Similarity of G(v) and FD(v): 1 for equal images, 0 for unrelated ones."


def _nulls(values: dict[str, np.ndarray]) -> dict[str, Null]:
    """Return the rank of the first value among the others, by group."""
    return {group: rank(group, v[0], v[1:]) for group, v in values.items()}


def _symmetry_of_axes(
    best: BestAxes, operation: Operation, rng: np.random.Generator
) -> SymmetryResult:
    """Return rung 2 for latents that are arbitrary under all rotations: its axes, among them."""
    pairs = best.pair_scores
    weights = bootstrap_weights(len(pairs), 999, rng) / len(pairs)
    return SymmetryResult(
        name="symmetry",
        meaning="How much an image tells about its latents after they are reordered and signed in "
        "the best way, in nats.",
        statistic=best.score,
        effect=best.score,
        ci=interval(weights @ pairs),
        p_value=best.null.p_value,
        nulls={"haar": best.null.p_value},
        draws=best.null.draws,
        operation=operation,
        axes=axes.test(best),
    )
