"""Rungs 3 and 6: ranked among ignorant generators, p being the largest over their families."""

import dataclasses
from typing import Any

import numpy as np
from tqdm import tqdm

from evalkit.correspondence.nulls.ensembles import SHARED, Draw, families
from evalkit.correspondence.results import Level
from evalkit.correspondence.session import Ensemble, Prepared, Shared
from evalkit.networks.inverse_renderer import Mixture
from evalkit.statistics.inference import bootstrap_weights, interval, rank
from evalkit.statistics.orthogonal_group import draw_group
from evalkit.support.threads import side_by_side

from .axes import axes_score
from .encoders import learn_encoder
from .neighbourhood import NEIGHBOURS, neighbourhood, trust
from .rotation import find_rotation, refine

CONTROLS = 40  # hidden rotations, and linear maps that are none, that rung 3 is compared with
KEEP_NEIGHBOURS = ("twisted FD", "warped FD")  # so they are no null of rung 6


def draw_ensembles(
    one: Prepared, shared: Shared, gain: float, rng: np.random.Generator, progress: bool
) -> dict[str, Ensemble]:
    """Rungs 3 and 6 of every ignorant generator of every family."""
    s = shared.settings
    size = one.z.shape[1]
    config = narrowed(one.generator.model)
    drawn = families(
        shared.renderer, shared.inverse, s.n, rng,
        gain=gain, config=config, z=one.z, hidden=one.hidden,
    )  # fmt: skip
    out = {}
    for name, (what, draw) in drawn.items():
        children = rng.spawn(s.ensemble)  # the same for each generator, whoever came before it
        if size == 6 and name in shared.drawn:
            out[name] = shared.drawn[name]
            continue
        if size != 6 and name in KEEP_NEIGHBOURS:
            continue  # neither rung asks them

        def statistics(
            child: np.random.Generator, draw: Draw = draw, name: str = name
        ) -> tuple[float, float, float]:
            z, hidden = draw(child)
            score = axes = overlap = np.nan
            if size == 6:
                told = shared.inverse.answer(hidden)
                score = find_rotation(z, told, child).score
                axes = axes_score(z, told)
            if name not in KEEP_NEIGHBOURS:
                codes = learn_encoder(z, hidden)(shared.local_hidden)
                overlap = neighbourhood(codes, shared.local_near).mean()
            return score, axes, overlap

        found = side_by_side(statistics, children)
        bar = tqdm(found, desc=name, total=s.ensemble, unit="generator", disable=not progress)
        scores, axes, overlaps = np.array(list(bar)).T
        out[name] = Ensemble(
            what,
            scores if size == 6 else scores[:0],
            axes if size == 6 else axes[:0],
            overlaps[:0] if name in KEEP_NEIGHBOURS else overlaps,
        )
        if name in SHARED and size == 6:
            shared.drawn[name] = out[name]
    return out


def narrowed(model: Any) -> Any:
    """The configuration of untrained networks like this one: at 32 px and at most an eighth of
    the channels, so that an ensemble is affordable; None for a callable."""
    if model is None:
        return None
    c = model.config
    if c.size < 32 or c.size % 32:
        return dataclasses.replace(c, width=min(c.width, 0.125))
    # no more and no larger convolutions than 32 px can have
    depth, kernel = c.depth and min(c.depth, 5), c.kernel and min(c.kernel, 31)
    small = {"size": 32, "depth": depth, "kernel": kernel}
    return dataclasses.replace(c, **small, width=min(c.width, 0.125))


def rotation_level(
    one: Prepared,
    shared: Shared,
    ensembles: dict[str, Ensemble],
    rngs: dict[str, np.random.Generator],
    progress: bool,
) -> Level:
    s, rng = shared.settings, rngs["fits"]
    order = rng.permutation(s.n)
    found = find_rotation(one.z[order], one.mixture[order], rng)
    nulls = {k: rank(k, found.score, e.rotations) for k, e in ensembles.items()}
    hardest = max(nulls, key=lambda k: nulls[k].p_value)
    weights = bootstrap_weights(len(found.scores), 999, rng)
    planted, linear = controls(shared, rng, progress)
    reach, limit = float(np.quantile(planted, 0.05)), float(np.quantile(linear, 0.95))
    matrix = refine(one.z, all_ways(one, shared), found.matrix)
    return Level(
        "rotation",
        "nats that an image tells of its turned latent, on pairs that did not choose Q; a "
        "score of 0, as an image has that tells nothing, or less has p 1",
        found.score,
        found.score,
        interval(weights @ found.scores / len(found.scores)),
        p_where_told(nulls[hardest].p_value, found.score),
        nulls={k: null.p_value for k, null in nulls.items()},
        draws=nulls[hardest].draws,
        detail={
            "hardest": hardest,
            "matrix": matrix,
            "fitted_score": found.fitted,
            "planted_rotations_5%": reach,
            "linear_maps_95%": limit,
            "is_rotation": bool(found.score > limit and found.score >= reach),
            "families": {k: e.what for k, e in ensembles.items()},
        },
    )


def p_where_told(p_value: float, score: float) -> float:
    """1 where images tell nothing of the latents, or less: such a score may be beyond the families
    that are known, and that of a family which is not. score: nats."""
    return p_value if score > 0 else 1.0


def axes_ranked(symmetry: Level, ensembles: dict[str, Ensemble]) -> Level:
    """Rung 2 with its axes ranked among the ignorant generators: for trained models, whose group
    leaves the score of the best signed permutation as it is, but for x0 and y0, which hardly show
    and are not sought. Not one of the corrected p."""
    axes = symmetry.detail["axes"]
    ps = {k: rank(k, axes["score"], e.axes).p_value for k, e in ensembles.items()}
    hardest = max(ps, key=lambda k: ps[k])
    p_value = p_where_told(ps[hardest], axes["score"])
    more = {"p_families": p_value, "hardest": hardest, "families": ps}
    return dataclasses.replace(symmetry, detail=symmetry.detail | {"axes": axes | more})


def controls(
    shared: Shared, rng: np.random.Generator, progress: bool
) -> tuple[np.ndarray, np.ndarray]:
    """Scores of FD behind hidden rotations, and behind linear maps that are none."""
    n = min(shared.settings.n, 256)

    def pair(child: np.random.Generator) -> tuple[float, float]:
        left, right, turn = draw_group("haar", 6, 3, child)
        z = child.standard_normal((n, 6))
        stretched = left @ np.diag(np.exp(0.5 * child.standard_normal(6))) @ right
        stretched *= (6 / (stretched**2).sum()) ** 0.5
        images = shared.renderer.small(np.concatenate([z, z @ stretched]))
        answers = shared.inverse.answer(shared.inverse.hidden(images))
        planted = find_rotation(z @ turn, answers[slice(0, n)], child).score
        return planted, find_rotation(z, answers[slice(n, None)], child).score

    found = side_by_side(pair, rng.spawn(CONTROLS))
    bar = tqdm(found, desc="controls", total=CONTROLS, unit="pair", disable=not progress)
    planted, linear = np.array(list(bar)).T
    return planted, linear


def all_ways(one: Prepared, shared: Shared) -> Mixture:
    """What the images tell when they are looked at in all ways that the symmetries allow."""
    return shared.inverse.answer_all_ways(one.small, shared.renderer.symmetries())


def aligned(one: Prepared, shared: Shared) -> np.ndarray:
    """G of the v that are shown, turned by a Q that was found on other pairs."""
    fresh = np.random.default_rng([shared.settings.seed, 0xC3])
    rest = fresh.permutation(np.setdiff1d(np.arange(len(one.z)), shared.rows))
    found = find_rotation(one.z[rest], one.mixture[rest], fresh)
    other = refine(one.z[rest], all_ways(one, shared)[rest], found.matrix)
    images = one.generator.images(shared.v[shared.rows] @ other.T)
    return (images.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)


def local_level(
    one: Prepared,
    shared: Shared,
    ensembles: dict[str, Ensemble],
    rngs: dict[str, np.random.Generator],
) -> Level:
    codes = learn_encoder(one.z, one.hidden)(shared.local_hidden)
    overlap = neighbourhood(codes, shared.local_near)
    observed = float(overlap.mean())
    nulls = {k: rank(k, observed, e.local) for k, e in ensembles.items() if len(e.local)}
    hardest = max(nulls, key=lambda k: nulls[k].p_value)
    weights = bootstrap_weights(len(overlap), 999, rngs["boot"])
    draws = nulls[hardest].draws
    low, high = interval(weights @ overlap / len(overlap))
    base = float(np.mean(draws))
    return Level(
        "local",
        f"of FD(v), the share of the {NEIGHBOURS} nearest latents (by an encoder learnt "
        "from G's pairs) that are also nearest by |a|, |b|, |c|, |d|; effect: margin over the "
        "hardest ensemble",
        observed, observed - base, (low - base, high - base), nulls[hardest].p_value,
        nulls={k: null.p_value for k, null in nulls.items()},
        draws=draws,
        detail={
            "hardest": hardest,
            "trustworthiness": trust(codes, shared.local_v),
            "families": {k: e.what for k, e in ensembles.items() if len(e.local)},
        },
    )  # fmt: skip
