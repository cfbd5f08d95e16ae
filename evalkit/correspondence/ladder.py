"""The ladder: six rungs from `the same image for the same parameters` down to `neighbours stay
neighbours`, each with its statistic, its null, its p and what it would have found.

Rungs 1 and 2 are ranked among transformed copies of themselves: if the latent axes are arbitrary,
G(z) against FD(z) is no better matched than G(z) against FD(zQ). FD is what is rendered again,
which for z ~ N(0, I) is the same test. Rungs 3 and 6 are ranked among ignorant generators, p being
the largest over their families. Rungs 4 and 5 describe, and carry no p: any good autoencoder
climbs them.
"""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

from . import readoff
from .family import VISIBLE, Renderer
from .generators import Generator, Sampler, smooth_network, untrained
from .ignorance import SHARED, families, growth, matched_gain
from .images import OPERATIONS, Euclidean, blurred, shrink
from .inference import bootstrap_weights, holm, interval, rank
from .inverse import InverseRenderer, Mixture
from .pairs import POWER_DRAWS, PairTest, group_statistics, likeness_of, pair_test
from .power import Power, partial, ranked, smallest_share
from .results import RUNGS, TESTED, Level, Result, Settings, check, verdict
from .rotation import best_axes, find_rotation, group_scores, refine
from .transforms import GROUPS, draw_group

CONTROLS = 40  # hidden rotations, and linear maps that are none, that rung 3 is compared with
KEEP_NEIGHBOURS = ("twisted FD", "warped FD")  # so they are no null of rung 6
READ_IMAGES = 8192  # of FD, that rungs 4 and 5 read
ENCODED_IMAGES = 2048  # of them, by a model's own encoder; half as many beyond 64 px
LOCAL_IMAGES = 2048  # of them, that rung 6 looks at
LEARNT_PAIRS = 2048  # pairs that an encoder is learnt from


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
    shared = _Shared.render(generators, renderer, inverse, s, progress)
    return [_climb(one, shared, progress) for one in shared.prepared]


@dataclass(frozen=True)
class _Prepared:
    """What is known of one generator before any rung: its latents and images."""

    generator: Generator
    z: np.ndarray  # (n, L)
    small: np.ndarray  # (n, C, 32, 32)
    shown: np.ndarray  # (8, H, W, C), the first images
    hidden: np.ndarray  # (n, 256)
    mixture: Mixture
    test: "PairTest"
    group: dict[str, np.ndarray]  # by group: (8, 1 + m) statistics by operation, observed first


@dataclass(frozen=True)
class _Shared:
    """What all generators of one call have in common."""

    renderer: Renderer
    inverse: InverseRenderer
    settings: Settings
    v: np.ndarray
    turns: dict[str, np.ndarray]
    read_v: np.ndarray  # (m, 6), of the images that rungs 4 to 6 read
    read_levels: np.ndarray
    read_hidden: np.ndarray  # (m, 256)
    kept: list[np.ndarray]  # FD's prepared images behind draws of the group, for the power
    small: np.ndarray
    shown: np.ndarray
    prepared: list[_Prepared]
    drawn: dict[str, "_Ensemble"] = field(default_factory=dict)  # of the SHARED families
    power: dict[str, Power] = field(default_factory=dict)

    @property
    def local_v(self) -> np.ndarray:
        return self.read_v[:LOCAL_IMAGES]

    @property
    def local_hidden(self) -> np.ndarray:
        return self.read_hidden[:LOCAL_IMAGES]

    @classmethod
    def render(
        cls,
        generators: list[Generator],
        renderer: Renderer,
        inverse: InverseRenderer,
        s: Settings,
        progress: bool,
    ) -> "_Shared":
        streams = np.random.default_rng([s.seed, 0xC0]).spawn(3)
        v = streams[0].standard_normal((s.n, 6))
        turns = {
            group: draw_group(group, 6, s.rotations, stream)
            for group, stream in zip(GROUPS, streams[1:], strict=True)
        }
        levels = renderer.levels(v)
        small = renderer.shrunk(levels)
        started = []
        for generator in generators:
            z = v if generator.latent == 6 else _latents(s, generator.latent or 6)
            images = generator.images(z)
            mine = shrink(images)
            shown = (images[:8].transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)
            started.append((generator, z, mine, shown))
        tests = [pair_test(s.distance, inverse, mine) for _, _, mine, _ in started]
        asked = [k for k, (g, *_) in enumerate(started) if g.latent == 6]
        statistics, kept = group_statistics(
            {k: tests[k] for k in asked}, renderer, v, turns, s.group, progress
        )
        prepared = []
        for k, (generator, z, mine, shown) in enumerate(started):
            hidden = inverse.hidden(mine)
            prepared.append(
                _Prepared(
                    generator,
                    z,
                    mine,
                    shown,
                    hidden,
                    inverse.answer(hidden),
                    tests[k],
                    statistics.get(k, {}),
                )
            )  # fmt: skip
        read_v = np.random.default_rng([s.seed, 0xC4]).standard_normal((READ_IMAGES, 6))
        read_levels = renderer.levels(read_v)
        read_hidden = inverse.hidden(renderer.shrunk(read_levels))
        return cls(
            renderer, inverse, s, v, turns, read_v, read_levels, read_hidden, kept, small,
            renderer.colours(levels[:8]), prepared,
        )  # fmt: skip


def _latents(s: Settings, size: int) -> np.ndarray:
    return np.random.default_rng([s.seed, 0xC1]).standard_normal((s.n, size))


def _climb(one: _Prepared, shared: _Shared, progress: bool) -> Result:
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
        levels["identity"], levels["symmetry"] = _group_levels(one, shared, rngs)
    else:
        why = f"{one.generator.latent} latents cannot stand for 6 parameters"
        for name in ("identity", "symmetry", "rotation"):
            levels[name] = Level(name, "", skipped=why)
    ensembles = _ensembles(one, shared, rngs, progress)
    if fits:
        levels["rotation"] = _rotation(one, shared, ensembles, rngs)
    levels["affine"], levels["nonlinear"] = _read_levels(one, shared, rngs["read"])
    levels["local"] = _local(one, shared, ensembles, rngs)
    adjusted = holm({k: v.p_value for k, v in levels.items() if v.p_value is not None})
    levels = {
        name: dataclasses.replace(levels[name], p_adjusted=adjusted.get(name)) for name in RUNGS
    }
    if fits and s.replicates:
        if not shared.power:
            shared.power.update(_power(shared, rngs["power"], progress))
        power = dict(shared.power)
    established = next((k for k in TESTED if adjusted.get(k, 1.0) <= s.alpha), None)
    pictures = {"FD(v)": shared.shown, "G(v)": one.shown}
    if fits:
        pictures["G, turned by Q"] = _aligned(one, shared)
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


def _group_levels(
    one: _Prepared, shared: _Shared, rngs: dict[str, np.random.Generator]
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
    scores, matrices = best_axes(
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
        symmetry = dataclasses.replace(
            symmetry, statistic=float(scores[0]), p_value=axes.p_value, draws=axes.draws,
            meaning="nats told by the image of its signed permutation of the latents",
        )  # fmt: skip
    return levels[0], symmetry


@dataclass(frozen=True)
class _Ensemble:
    what: str
    rotations: np.ndarray  # score of rung 3, (m,), empty where L is not 6
    local: np.ndarray  # overlap of rung 6, (m,)


def _ensembles(
    one: _Prepared, shared: _Shared, rngs: dict[str, np.random.Generator], progress: bool
) -> dict[str, _Ensemble]:
    """Rungs 3 and 6 of every ignorant generator of every family."""
    s = shared.settings
    rng = rngs["families"]
    embedded = blurred()(one.small)
    size = one.z.shape[1]
    gain = matched_gain(growth(one.z, embedded), size, one.small.shape[1], s.n, rng)
    config = narrowed(one.generator.model)
    drawn = families(
        shared.renderer, shared.inverse, s.n, rng,
        gain=gain, config=config, z=one.z, hidden=one.hidden,
    )  # fmt: skip
    out = {}
    for name, (what, draw) in drawn.items():
        if name in shared.drawn:
            out[name] = shared.drawn[name]
            continue
        scores, overlaps = [], []
        bar = tqdm(total=s.ensemble, desc=name, unit="generator", disable=not progress)
        for child in rng.spawn(s.ensemble):
            z, hidden = draw(child)
            if size == 6:
                scores.append(find_rotation(z, shared.inverse.answer(hidden), child).score)
            if name not in KEEP_NEIGHBOURS:
                codes = readoff.learn_encoder(z, hidden)(shared.local_hidden)
                overlaps.append(readoff.neighbourhood(codes, shared.local_v).mean())
            bar.update()
        bar.close()
        out[name] = _Ensemble(what, np.array(scores), np.array(overlaps))
        if name in SHARED and size == 6:
            shared.drawn[name] = out[name]
    return out


def narrowed(model: Any) -> Any:
    """The configuration of untrained networks like this one: at 32 px and at most a quarter of
    the channels, so that an ensemble is affordable; None for a callable."""
    if model is None:
        return None
    c = model.config
    size = c.size if c.size < 32 or c.size % 32 else 32
    return dataclasses.replace(c, size=size, width=min(c.width, 0.25))


def _rotation(
    one: _Prepared,
    shared: _Shared,
    ensembles: dict[str, _Ensemble],
    rngs: dict[str, np.random.Generator],
) -> Level:
    s, rng = shared.settings, rngs["fits"]
    order = rng.permutation(s.n)
    found = find_rotation(one.z[order], one.mixture[order], rng)
    nulls = {k: rank(k, found.score, e.rotations) for k, e in ensembles.items()}
    hardest = max(nulls, key=lambda k: nulls[k].p_value)
    weights = bootstrap_weights(len(found.scores), 999, rng)
    planted, linear = _controls(shared, rng)
    reach, limit = float(np.quantile(planted, 0.05)), float(np.quantile(linear, 0.95))
    matrix = refine(one.z, one.mixture, found.matrix)
    return Level(
        "rotation",
        "nats that an image tells of its turned latent, on pairs that did not choose Q",
        found.score,
        found.score,
        interval(weights @ found.scores / len(found.scores)),
        nulls[hardest].p_value,
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


def _controls(shared: _Shared, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Scores of FD behind hidden rotations, and behind linear maps that are none."""
    n = min(shared.settings.n, 256)
    planted, linear = [], []
    for child in rng.spawn(CONTROLS):
        left, right, turn = draw_group("haar", 6, 3, child)
        z = child.standard_normal((n, 6))
        stretched = left @ np.diag(np.exp(0.5 * child.standard_normal(6))) @ right
        stretched *= (6 / (stretched**2).sum()) ** 0.5
        images = shared.renderer.small(np.concatenate([z, z @ stretched]))
        answers = shared.inverse.answer(shared.inverse.hidden(images))
        planted.append(find_rotation(z @ turn, answers[slice(0, n)], child).score)
        linear.append(find_rotation(z, answers[slice(n, None)], child).score)
    return np.array(planted), np.array(linear)


def _aligned(one: _Prepared, shared: _Shared) -> np.ndarray:
    """G of the first eight v turned by a Q that was found on other pairs."""
    fresh = np.random.default_rng([shared.settings.seed, 0xC3])
    rest = fresh.permutation(np.arange(8, len(one.z)))
    found = find_rotation(one.z[rest], one.mixture[rest], fresh)
    other = refine(one.z[rest], one.mixture[rest], found.matrix)
    images = one.generator.images(shared.v[:8] @ other.T)
    return (images.transpose(0, 2, 3, 1) * 255).round().astype(np.uint8)


def _read_levels(one: _Prepared, shared: _Shared, rng: np.random.Generator) -> tuple[Level, Level]:
    generator, size = one.generator, one.z.shape[1]
    own = generator.model is not None and generator.model.encoder is not None
    m = ENCODED_IMAGES // (1 if generator.size <= 64 else 2) if own else READ_IMAGES
    v, levels, hidden = shared.read_v[:m], shared.read_levels[:m], shared.read_hidden[:m]
    small = shared.renderer.shrunk(levels)
    baselines = {"PCA of the pixels": readoff.expand(_pca(small, size))}
    if own:
        how = "the model's encoder"
        codes = readoff.expand(encode(generator.model, shared.renderer.colours(levels)))
        for k in range(3):
            model = untrained(narrowed(generator.model), k)[1]
            baselines[f"untrained {k}"] = readoff.expand(_encode_small(model, small))
    else:
        how = f"an encoder learnt from {LEARNT_PAIRS} pairs (z, G(z))"
        z = rng.standard_normal((LEARNT_PAIRS, size))

        def learnt(sample: Sampler) -> np.ndarray:
            encoder = readoff.learn_encoder(z, shared.inverse.hidden(sample(z)))
            return encoder(hidden)

        codes = learnt(generator.small)
        for k in range(3):
            if generator.model is not None:
                baselines[f"untrained {k}"] = learnt(untrained(narrowed(generator.model), k)[0])
            else:
                network = smooth_network(size, rng, channels=small.shape[1])
                baselines[f"smooth network {k}"] = learnt(network)
    ceiling = shared.inverse.answer(hidden).moments()[1].double().numpy()
    out = []
    for name, predict, by in (
        ("affine", readoff.ridge, "ridge"),
        ("nonlinear", readoff.boosting, "gradient boosting"),
    ):
        read = readoff.read_off(codes, baselines, v, ceiling, predict, rng)
        mean = _visible(read.r2)
        best = max(_visible(b) for b in read.baselines.values())
        ci = _visible(read.low), _visible(read.high)
        out.append(
            Level(
                name,
                f"R2 of |a|, |b|, |c|, |d|, read off the latent of FD(v) by {by}, held "
                "out; effect: margin over the best baseline",
                mean, mean - best, (ci[0] - best, ci[1] - best),
                detail={
                    "encoder": how, "images": len(v), "above_baselines": bool(ci[0] > best),
                    **dataclasses.asdict(read),
                },
            )
        )  # fmt: skip
    return out[0], out[1]


def _visible(by_parameter: dict[str, float]) -> float:
    return float(np.mean([by_parameter[name] for name in VISIBLE]))


def _pca(small: np.ndarray, components: int) -> np.ndarray:
    from sklearn.decomposition import PCA

    flat = small.reshape(len(small), -1)
    out: np.ndarray = PCA(min(components, *flat.shape), random_state=0).fit_transform(flat)
    return out


@torch.inference_mode()
def encode(model: Any, colours: np.ndarray) -> np.ndarray:
    """Latents (N, L) of images uint8 (N, H, W, C), by the model's encoder."""
    low, high = model.value_range
    device = next(model.parameters()).device
    parts = []
    for piece in torch.from_numpy(np.ascontiguousarray(colours)).split(64):
        images = piece.to(device).permute(0, 3, 1, 2).float() / 255 * (high - low) + low
        parts.append(model.encode(images).float().cpu().numpy())
    return np.concatenate(parts)


def _encode_small(model: Any, small: np.ndarray) -> np.ndarray:
    side = model.config.size
    images = torch.nn.functional.interpolate(torch.from_numpy(small), (side, side), mode="area")
    return encode(model, (images * 255).round().byte().permute(0, 2, 3, 1).numpy())


def _local(
    one: _Prepared,
    shared: _Shared,
    ensembles: dict[str, _Ensemble],
    rngs: dict[str, np.random.Generator],
) -> Level:
    codes = readoff.learn_encoder(one.z, one.hidden)(shared.local_hidden)
    overlap = readoff.neighbourhood(codes, shared.local_v)
    observed = float(overlap.mean())
    nulls = {k: rank(k, observed, e.local) for k, e in ensembles.items() if len(e.local)}
    hardest = max(nulls, key=lambda k: nulls[k].p_value)
    weights = bootstrap_weights(len(overlap), 999, rngs["boot"])
    draws = nulls[hardest].draws
    low, high = interval(weights @ overlap / len(overlap))
    base = float(np.mean(draws))
    return Level(
        "local",
        f"of FD(v), the share of the {readoff.NEIGHBOURS} nearest latents (by an encoder learnt "
        "from G's pairs) that are also nearest by |a|, |b|, |c|, |d|; effect: margin over the "
        "hardest ensemble",
        observed, observed - base, (low - base, high - base), nulls[hardest].p_value,
        nulls={k: null.p_value for k, null in nulls.items()},
        draws=draws,
        detail={"hardest": hardest},
    )  # fmt: skip


def _power(shared: _Shared, rng: np.random.Generator, progress: bool) -> dict[str, Power]:
    """Of rungs 1 and 3, the same for all generators: what matters is FD, n and the draws."""
    s = shared.settings
    seeds = rng.integers(2**62, size=s.replicates)
    turns = np.concatenate([np.eye(6)[None], shared.turns[s.group][:POWER_DRAWS]])
    made: dict[tuple[float, int], tuple[np.ndarray, np.ndarray]] = {}

    def images(share: float, k: int) -> tuple[np.ndarray, np.ndarray]:
        if (share, k) not in made:
            small = partial(shared.renderer, share, shared.v, np.random.default_rng(seeds[k]))
            hidden = shared.inverse.hidden(small)
            made[share, k] = (small * 255).round().astype(np.uint8), hidden
        return made[share, k]

    critical = max(np.quantile(shared.drawn[k].rotations, 1 - s.alpha) for k in SHARED)

    def rotation(share: float, k: int) -> bool:
        answer = shared.inverse.answer(images(share, k)[1])
        return find_rotation(shared.v, answer, np.random.default_rng(seeds[k])).score > critical

    def identity(share: float, k: int) -> bool:
        small, hidden = images(share, k)
        if s.distance == "density":
            values = group_scores([shared.inverse.answer(hidden)], shared.v, turns)[0]
            return ranked(values, s.alpha)
        likeness = likeness_of(s.distance, shared.inverse)
        assert likeness is not None
        mine = likeness.prepare(likeness.embed(small.astype(np.float32) / 255))
        values = np.concatenate([likeness.against([mine], other) for other in shared.kept])
        return ranked(values, s.alpha)

    out = {}
    for name, test in (("identity", identity), ("rotation", rotation)):
        bar = tqdm(desc=f"power of {name}", unit="replicate", disable=not progress)

        def counted(share: float, k: int, test: Any = test, bar: Any = bar) -> bool:
            bar.update()
            return bool(test(share, k))

        out[name] = smallest_share(counted, replicates=s.replicates, alpha=s.alpha)
        bar.close()
    return out
