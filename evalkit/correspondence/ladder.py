"""The ladder: six rungs from `the same image for the same parameters` down to `neighbours stay
neighbours`, each with its statistic, its null, its p and what it would have found.

Rungs 1 and 2 are ranked among transformed copies of themselves: if the latent axes are arbitrary,
G(z) against FD(z) is no better matched than G(z) against FD(zQ). Rungs 3 and 6 are ranked among
ignorant generators, p being the largest over their families. Rungs 4 and 5 describe, and carry no
p: any good autoencoder climbs them.
"""

import dataclasses
from collections.abc import Iterator

import numpy as np

from evalkit.correspondence.nulls.ensembles import matched_gain
from evalkit.correspondence.power.planted import no_power, power_of
from evalkit.correspondence.power.search import Power, share_like
from evalkit.correspondence.rungs.axes import best_axes
from evalkit.correspondence.rungs.probes import read_levels
from evalkit.correspondence.rungs.ranked import (
    aligned,
    axes_ranked,
    draw_ensembles,
    local_level,
    rotation_level,
)
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import OPERATIONS
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.statistics.inference import bootstrap_weights, holm, interval, rank

from .likeness import Euclidean, blurred
from .results import RUNGS, TESTED, Level, Result, Settings, check, verdict
from .session import Prepared, Shared
from .subject import Generator


def correspond(
    generators: list[Generator],
    renderer: Renderer,
    inverse: InverseRenderer,
    settings: Settings | None = None,
    *,
    progress: bool = True,
) -> list[Result]:
    """The ladder of each generator, on the same latents and the same draws of FD.

    Test latents are fresh N(0, I), never refused. Raises BadInput.
    """
    return list(climbs(generators, renderer, inverse, settings, progress=progress))


def climbs(
    generators: list[Generator],
    renderer: Renderer,
    inverse: InverseRenderer,
    settings: Settings | None = None,
    *,
    power: dict[str, Power] | None = None,
    progress: bool = True,
) -> Iterator[Result]:
    """The same, one result after the other as they come. power: of an earlier result of the same
    map, inverse renderer and settings, of which it is a property alone. Raises BadInput."""
    s = settings or Settings()
    check(s)
    shared = Shared.render(generators, renderer, inverse, s, progress)
    shared.power.update(power or {})
    for one in shared.prepared:
        yield climb(one, shared, progress)


def climb(one: Prepared, shared: Shared, progress: bool) -> Result:
    s = shared.settings
    rngs = dict(
        zip(
            ("boot", "families", "fits", "read", "power", "axes"),
            np.random.default_rng([s.seed, 0xC2]).spawn(6),
            strict=True,
        )
    )
    levels: dict[str, Level] = {}
    power: dict[str, Power] = {}
    fits, why = one.generator.latent == 6, None
    if fits:
        levels["identity"], levels["symmetry"] = group_levels(one, shared, rngs)
    else:
        why = f"{one.generator.latent} latents cannot stand for 6 parameters"
        for name in ("identity", "symmetry", "rotation"):
            levels[name] = Level(name, "", skipped=why)
    gain = matched_gain(one.z, one.small, rngs["families"])
    ensembles = draw_ensembles(one, shared, gain, rngs["families"], progress)
    if fits:
        levels["symmetry"] = axes_ranked(levels["symmetry"], ensembles)
        levels["rotation"] = rotation_level(one, shared, ensembles, rngs, progress)
    levels["affine"], levels["nonlinear"] = read_levels(one, shared, gain, rngs["read"])
    levels["local"] = local_level(one, shared, ensembles, rngs)
    adjusted = holm({k: v.p_value for k, v in levels.items() if v.p_value is not None})
    levels = {
        name: dataclasses.replace(levels[name], p_adjusted=adjusted.get(name)) for name in RUNGS
    }
    if fits and s.replicates:
        if not shared.power:
            shared.power.update(power_of(shared, rngs["power"], progress))
        power = dict(shared.power)
        for name in ("identity", "symmetry"):
            levels[name] = _with_share(levels[name], power.get(name))
    established = next((k for k in TESTED if adjusted.get(k, 1.0) <= s.alpha), None)
    pictures = {"FD(v)": shared.shown, "G(v)": one.shown}
    if fits:
        pictures["G, turned by Q"] = aligned(one, shared)
    return Result(
        generator=one.generator.name,
        levels=levels,
        verdict=verdict(levels, established, power, s),
        established=established,
        power=power,
        no_power=no_power(s, why),
        method={
            "group": s.group,
            "correction": "holm",
            "alpha": s.alpha,
            "distance": s.distance,
            "rotations": s.rotations,
            "ensemble": s.ensemble,
            "map": shared.renderer.mapping,
            "ties": "within 1e-9 count against",
            "recipe": dataclasses.asdict(shared.renderer.recipe),
            "param_mean": list(shared.renderer.mean),
            "param_scale": list(shared.renderer.scale),
        },
        pictures=pictures,
        n=s.n,
        seed=s.seed,
    )


def _with_share(level: Level, power: Power | None) -> Level:
    """With the share of the variance that would score like this, in the mean."""
    if power is None:
        return level
    assert level.statistic is not None and level.draws is not None
    share = share_like(power, level.statistic, float(level.draws.mean()))
    return dataclasses.replace(level, detail=level.detail | {"like_a_share_of": share})


def group_levels(
    one: Prepared, shared: Shared, rngs: dict[str, np.random.Generator]
) -> tuple[Level, Level]:
    s = shared.settings
    weights = bootstrap_weights(s.n, 999, rngs["boot"])
    best = int(np.argmax(one.group[s.group][:, 0]))
    told = s.distance == "density"
    what = (
        "nats that an image tells of its own latent rather than others"
        if told
        else "likeness of G(v) and FD(v), 0 to 1"
    )
    levels = []
    for name, operation in (("identity", 0), ("symmetry", best)):
        terms = one.test.pairs(operation, shared.v, shared.small)
        nulls = {}
        for group, values in one.group.items():
            found = values[0] if name == "identity" else values.max(0)
            nulls[group] = rank(group, found[0], found[1:])
        observed = nulls[s.group].observed
        meaning, best_of_none = what, 0.0
        if name == "symmetry":  # the best of eight is above 0 for whoever knows nothing
            meaning += (
                ", after the best symmetry of the square; effect: margin over its null's mean"
            )
            best_of_none = float(nulls[s.group].draws.mean())
        low, high = interval(terms.value(weights))
        levels.append(
            Level(
                name, meaning, observed, observed - best_of_none,
                (low - best_of_none, high - best_of_none),
                nulls[s.group].p_value,
                nulls={group: null.p_value for group, null in nulls.items()},
                draws=nulls[s.group].draws,
            )
        )  # fmt: skip
    blur = Euclidean("blur", blurred())
    alike = blur.terms(blur.embed(one.small), blur.embed(shared.small)).value()
    levels[0] = dataclasses.replace(levels[0], detail={"correlation_of_blurred": float(alike)})
    scores, matrices, pairs = best_axes(
        one.z, one.mixture, np.concatenate([np.eye(6)[None], shared.turns["haar"]])
    )
    axes = rank("haar", scores[0], scores[1:])
    detail = {
        "operation": dict(
            zip(("transposed", "mirror_x", "mirror_y"), OPERATIONS[best], strict=True)
        ),
        "axes": {"score": scores[0], "matrix": matrices[0], "p_haar": axes.p_value},
    }
    symmetry = dataclasses.replace(levels[1], detail=detail)
    if s.group == "haar":
        again = bootstrap_weights(len(pairs), 999, rngs["boot"]) / len(pairs)
        symmetry = Level(
            "symmetry", "nats told by the image of the best signed permutation of its latent",
            float(scores[0]), float(scores[0]), interval(again @ pairs), axes.p_value,
            nulls={"haar": axes.p_value}, draws=axes.draws, detail=detail,
        )  # fmt: skip
    return levels[0], symmetry
