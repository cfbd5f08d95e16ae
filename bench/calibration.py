"""Is the ladder calibrated, and what does it find? Tables, by kinds of generator.

    python bench/calibration.py ignorant --data normal.h5 [--count 1000] [CKPT...]
    python bench/calibration.py planted --data normal.h5 [--count 100]
    python bench/calibration.py affine --data normal.h5 [--count 100]
    python bench/calibration.py again --data normal.h5 --n 256 --rotations 999 --count 6 CKPT...

`ignorant`: how often each rung rejects at the 5% level, for generators that know nothing of the
parameters, each on latents and draws of its own; a rate fails when its 99% lower bound (Clopper
and Pearson) exceeds 5%. `planted`, `affine`: how often what is planted is found, at rungs 1 to 3
and at 4. `again`: rungs 1 and 2 of trained models on several draws of latents. Rungs 3 and 6 are
ranked among one of a few sets of ensembles, chosen for each generator; its own images behind
scrambled maps are drawn for it alone, as many as it takes to leave p above 5%. Clifford and de Jong
attractors are ranked without the ensemble of their own family.
"""

import argparse
import json
import zlib
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from calibration_bench import ALPHA, POOL, Bench, Drawn
from scipy.stats import binomtest
from tqdm import tqdm

from evalkit.correspondence.nulls.gain import matched_gain
from evalkit.correspondence.nulls.generators import (
    axis_network,
    other_attractor,
    radial_network,
    smooth_network,
    untrained,
    warped,
)
from evalkit.correspondence.rungs import probes, rotation
from evalkit.correspondence.rungs.encoders import Codes, affine_codes, expand, pca
from evalkit.correspondence.rungs.probes import LEARNT_PAIRS
from evalkit.correspondence.rungs.regression import affine_sizes
from evalkit.correspondence.rungs.rotation import axis_errors, refine
from evalkit.correspondence.session import PROBE_IMAGES
from evalkit.family.factors import VISIBLE
from evalkit.family.renderer import renderer_of
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.inputs.model import open_model
from evalkit.inputs.pixels import shrink
from evalkit.networks.inverse_store import inverse_of
from evalkit.statistics.inference import holm
from evalkit.statistics.orthogonal_group import GROUPS, Twist, draw_group, haar


def small_images(path: str) -> Callable[[np.ndarray], np.ndarray]:
    """Images (N, C, 32, 32) of a checkpoint's model."""
    model = open_model(path)
    return lambda z: shrink(model.decode(z))


def pooled(bench: Bench, sample: Callable[[np.ndarray], np.ndarray], family: str = "") -> Drawn:
    """POOL pairs, to draw from."""
    rng = np.random.default_rng(5)
    v = rng.standard_normal((POOL, 6))
    small = sample(v)
    return Drawn(v, bench.ops(small), matched_gain(v[:256], small[:256], rng), family)


def ignorant_kinds(
    bench: Bench, checkpoints: list[str], n: int
) -> dict[str, Callable[[np.random.Generator], Drawn]]:
    """Return how one generator of each kind that knows nothing is drawn."""

    def fresh(make: Callable[[np.random.Generator], Callable]) -> Callable:  # type: ignore[type-arg]
        def draw(rng: np.random.Generator) -> Drawn:
            z = rng.standard_normal((n, 6))
            small = make(rng)(z)
            return Drawn(z, bench.ops(small), matched_gain(z, small, rng))

        return draw

    def decoder(rng: np.random.Generator) -> Callable:  # type: ignore[type-arg]
        from fractaldream_models.model import ModelConfig

        config = ModelConfig(
            "aae", size=32, channels=3, latent=6, depth=int(rng.integers(2, 6)),
            width=float(rng.choice([0.0625, 0.125, 0.25])),
        )  # fmt: skip
        return untrained(config, int(rng.integers(2**31)))[0]

    def from_pool(pools: list[Drawn], scramble: str) -> Callable:  # type: ignore[type-arg]
        def draw(rng: np.random.Generator) -> Drawn:
            pool = pools[rng.integers(len(pools))]
            rows = rng.choice(POOL, n, replace=False)
            v = pool.z[rows]
            if scramble == "twist":
                z = Twist.draw(6, rng).inverse(v)
            else:
                z = v @ draw_group(scramble, 6, 1, rng)[0]
            return Drawn(z, pool.ops[:, rows], pool.gain, pool.family)

        return draw

    rng = np.random.default_rng(1)
    c = bench.renderer.channels
    others = [
        pooled(bench, other_attractor(name, rng, bench.renderer), name)
        for name in ("clifford", "dejong")
    ]
    kinds = {
        "random smooth networks": fresh(
            lambda r: smooth_network(6, r, channels=c, gain=float(np.exp(r.uniform(-1, 1.4))))
        ),
        "axis-aligned": fresh(lambda r: axis_network(6, r, channels=c)),
        "radial": fresh(lambda r: radial_network(6, r, channels=c)),
        "untrained decoders": fresh(decoder),
        "Clifford, de Jong": from_pool(others, "signed-permutations"),
        "FD, scrambled map": from_pool([pooled(bench, bench.renderer.small)], "twist"),
    }
    if checkpoints:
        pools = [pooled(bench, small_images(path)) for path in checkpoints]
        kinds["checkpoints, scrambled map"] = from_pool(pools, "twist")
    return kinds


def ignorant(
    bench: Bench, checkpoints: list[str], n: int, count: int, only: list[str] | None
) -> None:
    """Print how often each kind of ignorant generator is rejected."""
    kinds = ignorant_kinds(bench, checkpoints, n)
    print(f"n {n}, {count} generators of each kind, {bench.rotations} draws, "
          f"ensembles of {bench.ensemble}; share rejected at 5%", flush=True)  # fmt: skip
    columns = (
        *(f"{rung}, {group}" for group in GROUPS for rung in ("identity", "symmetry")),
        "axes, haar", "axes, families", "rotation", "local", "ladder",
    )  # fmt: skip
    print("| kind | " + " | ".join(columns) + " |\n|" + "---|" * (len(columns) + 1), flush=True)
    for kind, draw in kinds.items():
        if only is not None and not any(kind.startswith(start) for start in only):
            continue
        rejected = dict.fromkeys(columns, 0)
        children = np.random.default_rng([2, zlib.crc32(kind.encode())]).spawn(count)
        for child in tqdm(children, desc=kind, unit="generator", mininterval=30):
            drawn = draw(child)
            p = bench.group(drawn.z, drawn.ops, child) | bench.families(drawn, child)
            primary = GROUPS[0]
            p["ladder"] = min(holm({
                "identity": p[f"identity, {primary}"], "symmetry": p[f"symmetry, {primary}"],
                "rotation": p["rotation"], "local": p["local"],
            }).values())  # fmt: skip
            for name in columns:
                rejected[name] += p[name] <= ALPHA
        cells = []
        for name in columns:
            test = binomtest(int(rejected[name]), count, ALPHA, alternative="greater")
            low = test.proportion_ci(0.99, "exact").low
            mark = " FAILS" if low > ALPHA else ""
            cells.append(f"{100 * rejected[name] / count:.1f}%{mark}")
        print(f"| {kind} | " + " | ".join(cells) + " |", flush=True)


def planted(bench: Bench, count: int) -> None:
    fd = bench.renderer.small
    values_by_name: dict[str, list[float]] = {}
    rng = np.random.default_rng(5)
    v = rng.standard_normal((256, 6))
    gain = matched_gain(v, fd(v), rng)

    def note(name: str, value: float) -> None:
        values_by_name.setdefault(name, []).append(float(value))

    for rng in tqdm(np.random.default_rng(3).spawn(count), unit="replicate", mininterval=30):
        z = rng.standard_normal((256, 6))
        ops = bench.ops(fd(z))
        p = bench.group(z, ops, rng)
        note("FD: identity, n 256", p["identity, signed-permutations"] <= ALPHA)
        how = OPERATIONS[rng.integers(1, 8)]
        mirrored = bench.ops(turned(fd(z), *how))
        p = bench.group(z, mirrored, rng)
        note("FD after a symmetry: identity, n 256", p["identity, signed-permutations"] <= ALPHA)
        note("FD after a symmetry: symmetry, n 256", p["symmetry, signed-permutations"] <= ALPHA)
        half = fd(np.sqrt(0.5) * z + np.sqrt(0.5) * Twist.draw(6, rng)(z))
        p = bench.group(z, bench.ops(half), rng)
        note("half planted (s = 0.5): identity, n 256", p["identity, signed-permutations"] <= ALPHA)
        turn = haar(6, 1, rng)[0]
        z = rng.standard_normal((128, 6))
        small_128 = fd(z @ turn)
        ops = bench.ops(small_128)
        p = bench.group(z, ops, rng) | bench.families(Drawn(z, ops, gain), rng)
        note("FD behind a rotation: identity, n 128", p["identity, signed-permutations"] <= ALPHA)
        note("FD behind a rotation: rotation, n 128", p["rotation"] <= ALPHA)
        answer = bench.inverse.answer(ops[0])
        all_ways = bench.inverse.answer_all_ways(small_128, bench.renderer.symmetries())
        matrix = refine(z, all_ways, rotation.statistic(z, answer, rng).matrix)
        errors = axis_errors(matrix, turn)
        note("  its axes a, b, c, d within 5 degrees", errors.max() <= 5)
        note("  largest angle, degrees (mean)", errors.max())
        warp = bench.inverse.hidden(warped(bench.renderer, rng)(z))[None]
        note(
            "FD behind a nonlinear warp: rotation, n 128",
            bench.families(Drawn(z, warp, gain), rng)["rotation"] <= ALPHA,
        )
    tabulate(values_by_name)


def affine(bench: Bench, count: int) -> None:
    """Rung 4 of FD behind affine maps, by parameter: is the interval of the margin over
    every baseline, on the same images, above 0?"""
    fd = bench.renderer.small
    values_by_name: dict[str, list[float]] = {}

    def note(name: str, value: float) -> None:
        values_by_name.setdefault(name, []).append(float(value))

    v = np.random.default_rng(6).standard_normal((PROBE_IMAGES, 6))
    small = fd(v)
    hidden = bench.inverse.hidden(small)
    ceiling = bench.inverse.answer(hidden).moments()[1].double().numpy()
    pixels = expand(pca(small, 6))
    for rng in tqdm(np.random.default_rng(4).spawn(count), unit="affine", mininterval=30):
        matrix = haar(6, 1, rng)[0] @ np.diag(np.exp(0.4 * rng.standard_normal(6)))
        shift = 0.3 * rng.standard_normal(6)
        points = rng.standard_normal((LEARNT_PAIRS, 6))  # generated ones, whatever n

        def codes(small: np.ndarray, points: np.ndarray = points) -> Codes:
            return affine_codes(bench.inverse, points, bench.inverse.hidden(small), hidden)

        images = fd(points @ matrix + shift)
        gain = matched_gain(points[:256], images[:256], rng)
        planted, baselines = codes(images), {"PCA of the pixels": pixels}
        for j in range(3):
            network = smooth_network(6, rng, channels=small.shape[1], gain=gain)
            baselines[f"smooth network {j}"] = codes(network(points))
        read = probes.statistic(planted, baselines, v, ceiling, affine_sizes, rng, folds=4)
        note("FD behind an affine map: mean R2 above all baselines", read.above("mean"))
        for name in VISIBLE:
            others = max(b[name] for b in read.baselines.values())
            note(f"  R2 of |{name}| above all baselines", read.above(name))
            note(f"  R2 of |{name}| (mean)", read.r2[name])
            note(f"  its best baseline, |{name}| (mean)", others)
    tabulate(values_by_name)


def again(bench: Bench, checkpoints: list[str], n: int, count: int) -> None:
    print("| checkpoint | identity, p by draw of latents | symmetry |\n|---|---|---|")
    for path in checkpoints:
        sample, rows = small_images(path), []
        for rng in np.random.default_rng(8).spawn(count):
            z = rng.standard_normal((n, 6))
            p = bench.group(z, bench.ops(sample(z)), rng)
            rows.append([p[f"{rung}, {GROUPS[0]}"] for rung in ("identity", "symmetry")])
        cells = [", ".join(f"{p:.2g}" for p in column) for column in zip(*rows, strict=True)]
        print(f"| {path} | {' | '.join(cells)} |", flush=True)


def tabulate(values_by_name: dict[str, list[float]]) -> None:
    print("| planted, and what is asked | share or mean | of |\n|---|---|---|")
    for name, values in values_by_name.items():
        print(f"| {name} | {np.mean(values):.3f} | {len(values)} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("part", choices=["ignorant", "planted", "affine", "again"])
    parser.add_argument("checkpoints", nargs="*")
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--count", type=int)
    parser.add_argument("--kinds", nargs="*", help="Beginnings of their names, to share the work.")
    parser.add_argument("--rotations", type=int, default=199)
    parser.add_argument("--ensemble", type=int, default=99)
    given = parser.parse_intermixed_args()
    renderer = renderer_of(given.data, mapping="standard", size=given.size, colour=True)
    inverse, figures, _ = inverse_of(renderer)
    print(json.dumps(asdict(figures)), flush=True)
    torch.set_num_threads(1)  # several may run side by side
    bench = Bench(renderer, inverse, given.rotations, given.ensemble)
    if given.part == "ignorant":
        ignorant(bench, given.checkpoints, given.n, given.count or 1000, given.kinds)
    elif given.part == "again":
        again(bench, given.checkpoints, given.n, given.count or 6)
    else:
        {"planted": planted, "affine": affine}[given.part](bench, given.count or 100)


if __name__ == "__main__":
    main()
