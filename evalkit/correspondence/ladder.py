"""The ladder: six rungs from `the same image for the same parameters` down to `neighbours stay
neighbours`, each with its statistic, its null, its p and what it would have found.

Rungs 1 and 2 are ranked among transformed copies of themselves: if the latent axes are arbitrary,
G(z) against FD(z) is no better matched than G(z) against FD(zQ). Rungs 3 and 6 are ranked among
ignorant generators, p being the largest over their families. Rungs 4 and 5 describe, and carry no
p: any good autoencoder climbs them.
"""

import dataclasses
from typing import Any

import numpy as np
from tqdm import tqdm

from .described import read_levels
from .family import Renderer
from .generators import Generator
from .ignorance import SHARED
from .images import OPERATIONS, Euclidean, blurred
from .inference import bootstrap_weights, holm, interval, rank
from .inverse import InverseRenderer
from .pairs import likeness_of
from .power import Power, partial, power_draws, ranked, share_like, smallest_share
from .ranked import aligned, draw_ensembles, local_level, rotation_level
from .results import RUNGS, TESTED, Level, Result, Settings, check, verdict
from .rotation import best_axes, find_rotation, group_scores
from .setting import Prepared, Shared


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
    s = settings or Settings()
    check(s)
    shared = Shared.render(generators, renderer, inverse, s, progress)
    return [climb(one, shared, progress) for one in shared.prepared]


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
    fits = one.generator.latent == 6
    if fits:
        levels["identity"], levels["symmetry"] = group_levels(one, shared, rngs)
    else:
        why = f"{one.generator.latent} latents cannot stand for 6 parameters"
        for name in ("identity", "symmetry", "rotation"):
            levels[name] = Level(name, "", skipped=why)
    ensembles = draw_ensembles(one, shared, rngs, progress)
    if fits:
        levels["rotation"] = rotation_level(one, shared, ensembles, rngs)
    levels["affine"], levels["nonlinear"] = read_levels(one, shared, rngs["read"])
    levels["local"] = local_level(one, shared, ensembles, rngs)
    adjusted = holm({k: v.p_value for k, v in levels.items() if v.p_value is not None})
    levels = {
        name: dataclasses.replace(levels[name], p_adjusted=adjusted.get(name)) for name in RUNGS
    }
    if fits and s.replicates:
        if not shared.power:
            shared.power.update(power_of(shared, rngs["power"], progress))
        power = dict(shared.power)
        level = levels["identity"]
        assert level.statistic is not None
        like = {"like_a_share_of": share_like(power["identity"], level.statistic)}
        levels["identity"] = dataclasses.replace(level, detail=level.detail | like)
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
        effect = float(terms.value())
        meaning = what + (", after the best symmetry of the square" if name == "symmetry" else "")
        levels.append(
            Level(
                name, meaning, effect, effect, interval(terms.value(weights)),
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


def power_of(shared: Shared, rng: np.random.Generator, progress: bool) -> dict[str, Power]:
    """Of rungs 1 and 3, the same for all generators: what matters is FD, n and the draws.

    At the level that Holm asks of the smallest p, so that what is found is established. Rung 3
    is asked against the families that are the same for all generators.
    """
    s = shared.settings
    level = s.alpha / len(TESTED)
    seeds = rng.integers(2**62, size=s.replicates)
    turns = np.concatenate([np.eye(6)[None], shared.turns[s.group][: power_draws(level)]])
    made: dict[tuple[float, int], tuple[np.ndarray, np.ndarray]] = {}

    def images(share: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        if (share, k) not in made:
            small = partial(shared.renderer, share, shared.v, np.random.default_rng(seeds[k]))
            hidden = shared.inverse.hidden(small)
            made[share, k] = (small * 255).round().astype(np.uint8), hidden
        return made[share, k]

    ignorant = [shared.drawn[name].rotations for name in SHARED]
    critical = max(np.quantile(scores, 1 - level, method="higher") for scores in ignorant)

    def rotation(share: float, k: int) -> tuple[bool, float]:
        answer = shared.inverse.answer(images(share, k)[1])
        score = find_rotation(shared.v, answer, np.random.default_rng(seeds[k])).score
        return score > critical, score

    def identity(share: float, k: int) -> tuple[bool, float]:
        small, hidden = images(share, k)
        if s.distance == "density":
            values = group_scores([shared.inverse.answer(hidden)], shared.v, turns)[0]
            return ranked(values, level), float(values[0])
        likeness = likeness_of(s.distance, shared.inverse)
        assert likeness is not None
        mine = likeness.prepare(likeness.embed(small.astype(np.float32) / 255))
        values = np.concatenate([likeness.against([mine], other) for other in shared.kept])
        return ranked(values, level), float(values[0])

    out = {}
    for name, test in (("identity", identity), ("rotation", rotation)):
        bar = tqdm(desc=f"power of {name}", unit="replicate", disable=not progress)

        def counted(share: float, k: int, test: Any = test, bar: Any = bar) -> tuple[bool, float]:
            bar.update()
            found, statistic = test(share, k)
            return bool(found), statistic

        out[name] = smallest_share(counted, replicates=s.replicates, alpha=level)
        bar.close()
    return out
