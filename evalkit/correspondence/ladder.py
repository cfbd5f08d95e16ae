"""The ladder: six rungs from `the same image for the same parameters` to `neighbours stay so`.

Rungs 1 and 2 are ranked among transformed copies of themselves: if the latent axes are arbitrary,
G(z) against FD(z) is no better matched than G(z) against FD(zQ). Rungs 3 and 6 are ranked among
ignorant generators, p being the largest over their families. Rungs 4 and 5 describe, and carry no
p: any good autoencoder climbs them.
"""

import dataclasses
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import NamedTuple, TypeVar

import click
import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.inputs.model import LatentModel
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.inference import holm

from .findings import Method
from .image_check import TrueDetail, check_images, true_detail
from .map_scores import MapScores
from .nulls.ensembles import (
    KEEP_NEIGHBOURS,
    Ensemble,
    Pairs,
    Scores,
    draw_ensemble,
    families,
)
from .nulls.gain import matched_gain
from .nulls.generators import narrow_config
from .options import CorrespondOptions
from .power.planted import Planted, no_power, power_of
from .power.search import Power, equivalent_share, power_draws
from .results import CorrespondResult
from .rungs import axes, identity_and_symmetry, neighbourhood, probes, rotation
from .rungs.identity_and_symmetry import GroupScores, IdentityResult, PairComparison, SymmetryResult
from .rungs.neighbourhood import References
from .rungs.outcome import RungResult, Skipped
from .rungs.rotation import RotationResult
from .session import ProbeImages, Session, Subject
from .tables import rung_line
from .wording import image_sentence

STREAMS = ("boot", "families", "fits", "read", "power", "gain")  # random streams of one generator

Rung = TypeVar("Rung", bound=RungResult | Skipped)


_Judged = tuple[PairComparison, GroupScores]  # how rungs 1 and 2 judge a generator's pairs
Keep = Callable[[MapScores], object]


class _Begun(NamedTuple):
    """One generator with the rungs that need no ignorant generators."""

    subject: Subject
    rngs: dict[str, np.random.Generator]
    identity: IdentityResult | Skipped
    symmetry: SymmetryResult | Skipped


class _Shared(NamedTuple):
    """Data that the ladders of one call have in common."""

    session: Session
    probe: ProbeImages  # of FD, for rungs 4 and 5
    references: References  # images of FD for rung 6
    detail: TrueDetail  # of renderings, for the check of the images
    fd_behind_draws: list[np.ndarray]  # FD's prepared images, for the power
    keep: Keep
    progress: bool


def run_ladders(
    models: Sequence[LatentModel],
    renderer: Renderer,
    inverse: InverseRenderer,
    options: CorrespondOptions,
    *,
    scores: MapScores = MapScores(),
    keep: Keep = lambda scores: None,
    progress: bool = False,
) -> Iterator[CorrespondResult]:
    """Run the ladder of each generator, on the same latents and the same draws of FD.

    Test latents are fresh N(0, I), never refused. Rungs 1 and 2 of all generators come first,
    since they need no ignorant generators. The numbers of a generator are the same whoever is
    asked beside it, and whether `scores` are known or computed.

    Parameters
    ----------
    models
        The generators.
    renderer, inverse
        The map under test and its inverse renderer.
    options
        Options of the ladder.
    scores
        What is known already of the same map, inverse renderer and options.
    keep
        Called with all that is known of these, whenever it has become more.
    progress
        Show progress on stderr.

    Yields
    ------
    CorrespondResult
        One result after the other, as they come.

    Raises
    ------
    BadInput
        For options that no test can be made of, and generators that return no images.
    """
    options.check()
    session = Session.render(renderer, inverse, options)
    subjects = [session.subject(model) for model in models]
    judged, fd_behind_draws = _judge(subjects, session, progress)
    begun = [
        _begin(subject, session, judgement, progress)
        for subject, judgement in zip(subjects, judged, strict=True)
    ]
    probe = ProbeImages.render(session, subjects)
    shared = _Shared(
        session,
        probe,
        neighbourhood.references(probe),
        true_detail(renderer, probe),
        fd_behind_draws,
        keep,
        progress,
    )
    for each in begun:
        result, scores = _run_ladder(each, shared, scores)
        yield result


def _judge(
    subjects: list[Subject], session: Session, progress: bool
) -> tuple[list[_Judged | None], list[np.ndarray]]:
    """Judge the pairs of all generators with six latents, against the same draws of FD.

    Returns for each generator how rungs 1 and 2 judge it, None where its latents cannot stand for
    six parameters, and FD's prepared images behind draws of the group, for the power.
    """
    options = session.options
    comparisons = [
        identity_and_symmetry.compare(options.distance, session.inverse, subject.small)
        for subject in subjects
        if subject.comparable
    ]
    scores, fd_behind_draws = identity_and_symmetry.statistic(
        comparisons,
        session.renderer,
        session.v,
        session.turns,
        keep=options.group,
        kept_draws=power_draws(options.level) if options.replicates else 0,
        progress=progress,
    )
    judged = iter(zip(comparisons, scores, strict=True))
    return [next(judged) if subject.comparable else None for subject in subjects], fd_behind_draws


def _begin(subject: Subject, session: Session, judged: _Judged | None, progress: bool) -> _Begun:
    """Test rungs 1 and 2 of a generator, where its latents can stand for six parameters."""
    rngs = streams(session.options.seed)
    if judged is None:
        reason = f"{subject.model.latent} latents cannot stand for 6 parameters"
        return _Begun(subject, rngs, Skipped("identity", reason), Skipped("symmetry", reason))
    turns = np.concatenate([np.eye(6)[None], session.turns["haar"]])
    best = axes.statistic(subject.z, subject.mixture, turns)
    rungs = identity_and_symmetry.test(subject, session, *judged, best, rngs["boot"])
    _announce(subject, session, progress, *rungs)
    return _Begun(subject, rngs, *rungs)


def _run_ladder(
    begun: _Begun, shared: _Shared, scores: MapScores
) -> tuple[CorrespondResult, MapScores]:
    """Return the ladder of one generator, and what the next one need not compute again."""
    session, options = shared.session, shared.session.options
    subject, rngs, identity, symmetry = begun
    images = check_images(subject.small, shared.detail)
    _say(subject, image_sentence(images), shared.progress)
    gain = matched_gain(subject.z, subject.small, rngs["gain"])
    affine, nonlinear = probes.test(subject, session, shared.probe, gain, rngs["read"])
    _announce(subject, session, shared.progress, affine, nonlinear)
    ensembles = score_ensembles(
        subject, session, shared.references, gain, rngs["families"],
        finished=scores.ensembles, progress=shared.progress,
    )  # fmt: skip
    scores = _kept(scores.with_ensembles(ensembles.values()), scores, shared)
    pictures = {
        "FD(v)": session.pictures,
        "G(v)" if subject.comparable else "G(z)": subject.pictures,
    }
    power: dict[str, Power] = {}
    turned: RotationResult | Skipped
    reason = None
    if isinstance(symmetry, Skipped):
        reason = symmetry.reason
        turned = Skipped("rotation", reason)
    else:
        symmetry = dataclasses.replace(symmetry, axes=axes.ranked_among(ensembles, symmetry.axes))
        turned, scores = _rotation(begun, shared, ensembles, scores)
        pictures["G, turned by Q"] = rotation.turned_images(subject, session)
    lowest = neighbourhood.test(subject, shared.references, ensembles, rngs["boot"])
    _announce(subject, session, shared.progress, lowest)
    if reason is None and options.replicates:
        power = scores.power or _power(shared, ensembles, rngs["power"])
        scores = _kept(dataclasses.replace(scores, power=power), scores, shared)
    adjusted = _adjusted_p(identity, symmetry, turned, lowest)
    return CorrespondResult(
        generator=subject.model.name,
        identity=_completed(identity, adjusted, power),
        symmetry=_completed(symmetry, adjusted, power),
        rotation=_completed(turned, adjusted, power),
        affine=affine,
        nonlinear=nonlinear,
        neighbourhood=_completed(lowest, adjusted, power),
        power=power,
        no_power=no_power(options, reason),
        images=images,
        method=Method.of(options, session.renderer),
        pictures=pictures,
    ), scores


def _kept(scores: MapScores, before: MapScores, shared: _Shared) -> MapScores:
    """Return what is known, kept where that is more than before."""
    if scores.amount > before.amount:
        shared.keep(scores)
    return scores


def _rotation(
    begun: _Begun, shared: _Shared, ensembles: dict[str, Ensemble], scores: MapScores
) -> tuple[RotationResult, MapScores]:
    """Test rung 3, and return what is known with its controls."""
    session, rng = shared.session, begun.rngs["fits"]
    controls = scores.controls or rotation.control_scores(session, rng, progress=shared.progress)
    scores = _kept(dataclasses.replace(scores, controls=controls), scores, shared)
    turned = rotation.test(begun.subject, session, ensembles, controls, rng)
    _announce(begun.subject, session, shared.progress, turned)
    return turned, scores


def streams(seed: int) -> dict[str, np.random.Generator]:
    """Return the random streams of one generator's ladder, the same for every generator."""
    children = np.random.default_rng([seed, 0xC2]).spawn(len(STREAMS))
    return dict(zip(STREAMS, children, strict=True))


def score_ensembles(
    subject: Subject,
    session: Session,
    references: References,
    gain: float,
    rng: np.random.Generator,
    *,
    finished: dict[str, Ensemble] | None = None,
    only: Collection[str] | None = None,
    progress: bool = False,
) -> dict[str, Ensemble]:
    """Score the ignorant generators of every family by the statistics of the rungs, by family.

    Every ignorant generator has a random stream of its own, so that its scores depend neither on
    the other families nor on the size of the ensemble.

    Parameters
    ----------
    subject, session
        The generator under test and what all share.
    references
        Images of FD for rung 6.
    gain
        Gain of the random smooth networks.
    rng
        Draws the ignorant generators.
    finished
        Ensembles by the key of their family, which are not drawn again.
    only
        Names of the families; None for all.
    progress
        Show progress on stderr.
    """
    inverse, finished = session.inverse, finished or {}
    pairs, config = Pairs(subject.z, subject.hidden), narrow_config(subject.model.network)
    drawn = families(session.renderer, inverse, pairs, rng, gain=gain, config=config)

    def statistics(pairs: Pairs, child: np.random.Generator, keeps_neighbours: bool) -> Scores:
        turned = permuted = overlap = None
        if subject.comparable:
            mixture = inverse.answer(pairs.hidden)
            turned = rotation.statistic(pairs.z, mixture, child).score
            permuted = axes.statistic(pairs.z, mixture).score
        if not keeps_neighbours:
            overlap = float(neighbourhood.statistic(*pairs, references).mean())
        return Scores(turned, permuted, overlap)

    ensembles = {}
    for (name, family), stream in zip(drawn.items(), rng.spawn(len(drawn)), strict=True):
        if only is not None and name not in only:
            continue
        children = stream.spawn(session.options.ensemble)
        if family.key is not None and family.key in finished:
            ensembles[name] = finished[family.key]
        elif subject.comparable or name not in KEEP_NEIGHBOURS:  # else no rung asks the family
            ensembles[name] = draw_ensemble(name, family, statistics, children, progress=progress)
    return ensembles


def _announce(subject: Subject, session: Session, progress: bool, *rungs: RungResult) -> None:
    """Print rungs as soon as they are done, where progress is shown."""
    for rung in rungs:
        _say(subject, rung_line(rung, session.options), progress)


def _say(subject: Subject, text: str, progress: bool) -> None:
    """Print a line about a generator on stderr, where progress is shown."""
    if progress:
        click.echo(f"{subject.model.name}: {text}", err=True)


def _adjusted_p(*rungs: RungResult | Skipped) -> dict[str, float]:
    """Return the p-values of the tested rungs after Holm's correction, by rung."""
    climbed = [rung for rung in rungs if isinstance(rung, RungResult)]
    return holm({rung.name: rung.p_value for rung in climbed if rung.p_value is not None})


def _power(
    shared: _Shared, ensembles: dict[str, Ensemble], rng: np.random.Generator
) -> dict[str, Power]:
    """Compute what the tested rungs would have found."""
    planted = Planted(shared.session, ensembles, shared.fd_behind_draws, shared.references, rng)
    return power_of(planted, progress=shared.progress)


def _completed(rung: Rung, adjusted: dict[str, float], power: dict[str, Power]) -> Rung:
    """Return a rung with its adjusted p-value and the share of the variance that scores like it."""
    if isinstance(rung, Skipped):
        return rung
    rung = dataclasses.replace(rung, p_adjusted=adjusted[rung.name])
    if isinstance(rung, IdentityResult | SymmetryResult) and rung.name in power:
        assert rung.draws is not None
        share = equivalent_share(power[rung.name], rung.statistic, float(rung.draws.mean()))
        return dataclasses.replace(rung, like_a_share_of=share)
    return rung
