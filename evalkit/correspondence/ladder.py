"""The ladder: six rungs from `the same image for the same parameters` to `neighbours stay so`.

Rungs 1 and 2 are ranked among transformed copies of themselves: if the latent axes are arbitrary,
G(z) against FD(z) is no better matched than G(z) against FD(zQ). Rungs 3 and 6 are ranked among
ignorant generators, p being the largest over their families. Rungs 4 and 5 describe, and carry no
p: any good autoencoder climbs them.
"""

import dataclasses
from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import click
import numpy as np

from evalkit.family.renderer import Renderer
from evalkit.inputs.model import LatentModel
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.inference import holm

from .findings import Method
from .image_check import TrueDetail, check_images, true_detail
from .nulls.ensembles import (
    KEEP_NEIGHBOURS,
    SHARED,
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
from .session import Session, Subject
from .tables import rung_line
from .wording import image_sentence

STREAMS = ("boot", "families", "fits", "read", "power", "axes")  # random streams of one generator

Rung = TypeVar("Rung", bound=RungResult | Skipped)


_Judged = tuple[PairComparison, GroupScores]  # how rungs 1 and 2 judge a generator's pairs


class _Shared(NamedTuple):
    """What the ladders of one call have in common."""

    session: Session
    references: References  # images of FD for rung 6
    detail: TrueDetail  # of renderings, for the check of the images
    fd_behind_draws: list[np.ndarray]  # FD's prepared images, for the power
    progress: bool


class _Known(NamedTuple):
    """What the ladder of one generator hands on to the next, since it is the same for both."""

    ensembles: dict[str, Ensemble]  # of the families in SHARED; empty where none was drawn yet
    power: dict[str, Power] | None  # None where it was not computed yet


class _UpperRungs(NamedTuple):
    """Rungs 1 to 3."""

    identity: IdentityResult | Skipped
    symmetry: SymmetryResult | Skipped
    rotation: RotationResult | Skipped


def run_ladders(
    models: Sequence[LatentModel],
    renderer: Renderer,
    inverse: InverseRenderer,
    options: CorrespondOptions,
    *,
    power: dict[str, Power] | None = None,
    progress: bool = False,
) -> Iterator[CorrespondResult]:
    """Run the ladder of each generator, on the same latents and the same draws of FD.

    Test latents are fresh N(0, I), never refused.

    Parameters
    ----------
    models
        The generators.
    renderer, inverse
        The map under test and its inverse renderer.
    options
        Options of the ladder.
    power
        Power of an earlier result of the same map, inverse renderer and options, of which it is a
        property alone.
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
    shared = _Shared(
        session,
        neighbourhood.references(session),
        true_detail(session),
        fd_behind_draws,
        progress,
    )
    known = _Known({}, power or None)
    for subject, judgement in zip(subjects, judged, strict=True):
        result, known = _run_ladder(subject, shared, judgement, known)
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


def _run_ladder(
    subject: Subject,
    shared: _Shared,
    judged: _Judged | None,
    known: _Known,
) -> tuple[CorrespondResult, _Known]:
    """Return the ladder of one generator, and what the next one need not compute again."""
    session, options = shared.session, shared.session.options
    rngs = _streams(options.seed)
    images = check_images(subject.small, shared.detail)
    _say(image_sentence(images), shared)
    gain = matched_gain(subject.z, subject.small, rngs["families"])
    ensembles = score_ensembles(
        subject, session, shared.references, gain, rngs["families"],
        known=known.ensembles, progress=shared.progress,
    )  # fmt: skip
    pictures = {"FD(v)": session.shown, "G(v)" if judged else "G(z)": subject.shown}
    power: dict[str, Power] = {}
    reason = None
    if judged is None:
        reason = f"{subject.model.latent} latents cannot stand for 6 parameters"
        names = ("identity", "symmetry", "rotation")
        upper = _UpperRungs(*(Skipped(name, reason) for name in names))
    else:
        upper = _upper_rungs(subject, shared, judged, ensembles, rngs)
        pictures["G, turned by Q"] = rotation.turned_images(subject, session)
        known = _Known({name: ensembles[name] for name in SHARED}, known.power)
    affine, nonlinear = probes.test(subject, session, gain, rngs["read"])
    _announce(shared, affine, nonlinear)
    lowest = neighbourhood.test(subject, shared.references, ensembles, rngs["boot"])
    _announce(shared, lowest)
    adjusted = _adjusted_p(*upper, lowest)
    if judged is not None and options.replicates:
        power = known.power or _power(shared, ensembles, rngs["power"])
        known = _Known(known.ensembles, power)
    return CorrespondResult(
        generator=subject.model.name,
        identity=_completed(upper.identity, adjusted, power),
        symmetry=_completed(upper.symmetry, adjusted, power),
        rotation=_completed(upper.rotation, adjusted, power),
        affine=affine,
        nonlinear=nonlinear,
        neighbourhood=_completed(lowest, adjusted, power),
        power=power,
        no_power=no_power(options, reason),
        images=images,
        method=Method.of(options, session.renderer),
        pictures=pictures,
    ), known


def _streams(seed: int) -> dict[str, np.random.Generator]:
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
    known: dict[str, Ensemble] | None = None,
    progress: bool = False,
) -> dict[str, Ensemble]:
    """Score the ignorant generators of every family by the statistics of the rungs, by family.

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
    known
        Ensembles that are the same for all generators of six latents, and are not drawn again.
    progress
        Show progress on stderr.
    """
    inverse, known = session.inverse, known or {}
    pairs, config = Pairs(subject.z, subject.hidden), narrow_config(subject.model.network)
    drawn = families(session.renderer, inverse, pairs, rng, gain=gain, config=config)

    def statistics(pairs: Pairs, child: np.random.Generator, keeps_neighbours: bool) -> Scores:
        turned = permuted = kept = None
        if subject.comparable:
            mixture = inverse.answer(pairs.hidden)
            turned = rotation.statistic(pairs.z, mixture, child).score
            permuted = axes.statistic(pairs.z, mixture).score
        if not keeps_neighbours:
            kept = float(neighbourhood.statistic(*pairs, references).mean())
        return Scores(turned, permuted, kept)

    ensembles = {}
    for name, family in drawn.items():
        children = rng.spawn(session.options.ensemble)  # the same for each, whoever came before it
        if subject.comparable and name in known:
            ensembles[name] = known[name]
        elif subject.comparable or name not in KEEP_NEIGHBOURS:  # else no rung asks the family
            ensembles[name] = draw_ensemble(name, family, statistics, children, progress=progress)
    return ensembles


def _upper_rungs(
    subject: Subject,
    shared: _Shared,
    judged: _Judged,
    ensembles: dict[str, Ensemble],
    rngs: dict[str, np.random.Generator],
) -> _UpperRungs:
    """Test rungs 1 to 3 of a generator with six latents."""
    session = shared.session
    turns = np.concatenate([np.eye(6)[None], session.turns["haar"]])
    best = axes.statistic(subject.z, subject.mixture, turns)
    identity, symmetry = identity_and_symmetry.test(
        subject, session, *judged, (best, axes.test(best, ensembles)), rngs["boot"]
    )
    _announce(shared, identity, symmetry)
    turned = rotation.test(subject, session, ensembles, rngs["fits"], progress=shared.progress)
    _announce(shared, turned)
    return _UpperRungs(identity, symmetry, turned)


def _announce(shared: _Shared, *rungs: RungResult) -> None:
    """Print rungs as soon as they are done, where progress is shown."""
    for rung in rungs:
        _say(rung_line(rung, shared.session.options), shared)


def _say(text: str, shared: _Shared) -> None:
    """Print a line on stderr, where progress is shown."""
    if shared.progress:
        click.echo(text, err=True)


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
