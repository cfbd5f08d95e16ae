"""Is the ladder calibrated, and what does it find? Tables, by kinds of generator.

    python bench/calibration.py ignorant [--count 1000] [--kinds random radial] [CKPT...]
    python bench/calibration.py planted [--count 100]
    python bench/calibration.py affine [--count 100]
    python bench/calibration.py again --n 256 --rotations 999 --count 6 CKPT...

`ignorant`: how often each rung rejects at the 5% level, for generators that know nothing of the
parameters, each on latents and draws of its own; a rate fails when its 99% lower bound (Clopper
and Pearson) exceeds 5%. `planted`, `affine`: how often what is planted is found, at rungs 1 to 3
and at 4. `again`: rungs 1 and 2 of trained models on several draws of latents. Rungs 3 and 6 are
ranked among one of a few sets of ensembles, chosen for each generator; its own images behind
scrambled maps are drawn for it alone, as many as it takes to leave p above 5%. Clifford and de Jong
attractors are ranked without the ensemble of their own family. With `--rows FILE` each generator's
figures are written as they are known, and an interrupted run goes on; two runs share the work by
`--kinds`. `--groups-only` leaves out what is ranked among ensembles, which take most of the time.
The images are those of the renderer's default settings (`--size`, `--palette`, `--map`).
`--json FILE` takes the table.
"""

import argparse
import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from calibration_bench import ALPHA, POOL, Bench, Drawn
from inverse import add_renderer, given_renderer
from kept_rows import KeptRows
from result_tables import Column, Row, Table, add_json_option, print_table, save_tables
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
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.inputs.model import open_model
from evalkit.inputs.pixels import shrink
from evalkit.networks.inverse_store import inverse_of
from evalkit.statistics.inference import holm
from evalkit.statistics.orthogonal_group import GROUPS, Twist, draw_group, haar
from fractaldream_base.files import file_digest
from fractaldream_base.strict_json import plain


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

    def from_pool(make: Callable[[], list[Drawn]], scramble: str) -> Callable:  # type: ignore[type-arg]
        pools: list[Drawn] = []

        def draw(rng: np.random.Generator) -> Drawn:
            if not pools:  # rendered when the first generator of the kind is drawn
                pools.extend(make())
            pool = pools[rng.integers(len(pools))]
            rows = rng.choice(POOL, n, replace=False)
            v = pool.z[rows]
            if scramble == "twist":
                z = Twist.draw(6, rng).inverse(v)
            else:
                z = v @ draw_group(scramble, 6, 1, rng)[0]
            return Drawn(z, pool.ops[:, rows], pool.gain, pool.family)

        return draw

    def attractors() -> list[Drawn]:
        rng = np.random.default_rng(1)
        return [
            pooled(bench, other_attractor(name, rng, bench.renderer), name)
            for name in ("clifford", "dejong")
        ]

    c = bench.renderer.channels
    kinds = {
        "random smooth networks": fresh(
            lambda r: smooth_network(6, r, channels=c, gain=float(np.exp(r.uniform(-1, 1.4))))
        ),
        "axis-aligned": fresh(lambda r: axis_network(6, r, channels=c)),
        "radial": fresh(lambda r: radial_network(6, r, channels=c)),
        "untrained decoders": fresh(decoder),
        "Clifford, de Jong": from_pool(attractors, "signed-permutations"),
        "FD, scrambled map": from_pool(lambda: [pooled(bench, bench.renderer.small)], "twist"),
    }
    if checkpoints:
        kinds["checkpoints, scrambled map"] = from_pool(
            lambda: [pooled(bench, small_images(path)) for path in checkpoints], "twist"
        )
    return kinds


def p_values(
    bench: Bench, drawn: Drawn, rng: np.random.Generator, groups_only: bool
) -> dict[str, float]:
    """Return p of one generator at each rung, and the smallest that the ladder corrects."""
    p = bench.group(drawn.z, drawn.ops, rng)
    if groups_only:
        return p
    p |= bench.families(drawn, rng)
    primary = GROUPS[0]
    tested = {
        "identity": p[f"identity, {primary}"], "symmetry": p[f"symmetry, {primary}"],
        "rotation": p["rotation"], "local": p["local"],
    }  # fmt: skip
    return p | {"ladder": min(holm(tested).values())}


def ignorant(bench: Bench, given: argparse.Namespace, rows: KeptRows) -> Table:
    """Print how often each kind of ignorant generator is rejected."""
    n, count = given.n, given.count or 1000
    part = "ignorant, groups" if given.groups_only else "ignorant"
    columns = [f"{rung}, {group}" for group in GROUPS for rung in ("identity", "symmetry")]
    columns.append("axes, haar")
    if not given.groups_only:
        columns += ["axes, families", "rotation", "local", "ladder"]

    kinds = {
        kind: (draw, np.random.default_rng([2, zlib.crc32(kind.encode())]).spawn(count))
        for kind, draw in ignorant_kinds(bench, given.checkpoints, n).items()
        if not given.kinds or any(kind.startswith(start) for start in given.kinds)
    }

    def row(kind: str, k: int) -> dict[str, float]:
        draw, children = kinds[kind]
        key = [part, kind, n, bench.rotations, bench.ensemble, k]
        if key not in rows:
            p = p_values(bench, draw(children[k]), children[k], given.groups_only)
            rows.add(key, plain(p))
        values: dict[str, float] = rows[key]
        return values

    # the kinds in turn, so that an interrupted run has as many generators of each
    turns = [(kind, k) for k in range(count) for kind in kinds]
    p_of = {turn: row(*turn) for turn in tqdm(turns, unit="generator", mininterval=30)}

    def lines() -> Iterator[Row]:
        for kind in kinds:
            values = [p_of[kind, k] for k in range(count)]
            rejected = [sum(p[name] <= ALPHA for p in values) for name in columns]
            yield kind, count, *(rejection_rate(each, count) for each in rejected)

    caption = f"n {n}, {bench.rotations} draws, ensembles of {bench.ensemble}; share rejected at 5%"
    return print_table(caption, (Column("kind"), Column("of"), *map(Column, columns)), lines())


def rejection_rate(rejected: int, count: int) -> str:
    """Return a rate of rejections, marked where its 99% lower bound exceeds ALPHA."""
    test = binomtest(rejected, count, ALPHA, alternative="greater")
    mark = " FAILS" if test.proportion_ci(0.99, "exact").low > ALPHA else ""
    return f"{100 * rejected / count:.1f}%{mark}"


def planted_once(bench: Bench, gain: float, rng: np.random.Generator) -> dict[str, float]:
    """Plant known correspondences, and return which are found and how well."""
    fd, values = bench.renderer.small, {}
    identity, symmetry = (f"{rung}, {GROUPS[0]}" for rung in ("identity", "symmetry"))
    z = rng.standard_normal((256, 6))
    p = bench.group(z, bench.ops(fd(z)), rng)
    values["FD: identity, n 256"] = p[identity] <= ALPHA
    symmetry_drawn = OPERATIONS[rng.integers(1, 8)]
    p = bench.group(z, bench.ops(turned(fd(z), *symmetry_drawn)), rng)
    values["FD after a symmetry: identity, n 256"] = p[identity] <= ALPHA
    values["FD after a symmetry: symmetry, n 256"] = p[symmetry] <= ALPHA
    half = fd(np.sqrt(0.5) * z + np.sqrt(0.5) * Twist.draw(6, rng)(z))
    p = bench.group(z, bench.ops(half), rng)
    values["half planted (s = 0.5): identity, n 256"] = p[identity] <= ALPHA
    turn = haar(6, 1, rng)[0]
    z = rng.standard_normal((128, 6))
    small = fd(z @ turn)
    ops = bench.ops(small)
    p = bench.group(z, ops, rng) | bench.families(Drawn(z, ops, gain), rng)
    values["FD behind a rotation: identity, n 128"] = p[identity] <= ALPHA
    values["FD behind a rotation: rotation, n 128"] = p["rotation"] <= ALPHA
    all_ways = bench.inverse.answer_all_ways(small, bench.renderer.symmetries())
    fitted = rotation.statistic(z, bench.inverse.answer(ops[0]), rng).matrix
    errors = axis_errors(refine(z, all_ways, fitted), turn)
    values["all axes a, b, c, d given back within 5 degrees"] = errors.max() <= 5
    values["largest of the four angles, degrees"] = errors.max()
    warp = bench.inverse.hidden(warped(bench.renderer, rng)(z))[None]
    p = bench.families(Drawn(z, warp, gain), rng)
    values["FD behind a nonlinear warp: rotation, n 128"] = p["rotation"] <= ALPHA
    return {name: float(value) for name, value in values.items()}


def planted(bench: Bench, given: argparse.Namespace, rows: KeptRows) -> Table:
    """Print how often planted correspondences are found at the rungs 1 to 3."""
    rng = np.random.default_rng(5)
    v = rng.standard_normal((256, 6))
    gain = matched_gain(v, bench.renderer.small(v), rng)
    return tabulate(
        "planted", 3, given.count or 100, lambda r: planted_once(bench, gain, r), bench, rows
    )


def affine(bench: Bench, given: argparse.Namespace, rows: KeptRows) -> Table:
    """Print what rung 4 says of FD behind affine maps, by parameter.

    That is whether the interval of the margin over every baseline, on the same images, is above 0.
    """
    fd = bench.renderer.small
    v = np.random.default_rng(6).standard_normal((PROBE_IMAGES, 6))
    small = fd(v)
    hidden = bench.inverse.hidden(small)
    ceiling = bench.inverse.answer(hidden).moments()[1].double().numpy()
    pixels = expand(pca(small, 6))

    def once(rng: np.random.Generator) -> dict[str, float]:
        matrix = haar(6, 1, rng)[0] @ np.diag(np.exp(0.4 * rng.standard_normal(6)))
        shift = 0.3 * rng.standard_normal(6)
        points = rng.standard_normal((LEARNT_PAIRS, 6))  # generated ones, whatever n

        def codes(small: np.ndarray) -> Codes:
            return affine_codes(bench.inverse, points, bench.inverse.hidden(small), hidden)

        images = fd(points @ matrix + shift)
        gain = matched_gain(points[:256], images[:256], rng)
        planted, baselines = codes(images), {"PCA of the pixels": pixels}
        for j in range(3):
            network = smooth_network(6, rng, channels=small.shape[1], gain=gain)
            baselines[f"smooth network {j}"] = codes(network(points))
        read = probes.statistic(planted, baselines, v, ceiling, affine_sizes, rng, folds=4)
        values = {"mean R2 above all baselines": float(read.above("mean"))}
        for name in VISIBLE:
            best = max(b[name] for b in read.baselines.values())
            values[f"R2 of abs({name}) above all baselines"] = float(read.above(name))
            values[f"R2 of abs({name}), mean"] = float(read.r2[name])
            values[f"best baseline of abs({name}), mean"] = float(best)
        return values

    return tabulate("affine", 4, given.count or 100, once, bench, rows)


def tabulate(
    part: str,
    seed: int,
    count: int,
    once: Callable[[np.random.Generator], dict[str, float]],
    bench: Bench,
    rows: KeptRows,
) -> Table:
    """Print means of the figures of `count` replicates."""
    values = []
    for k, rng in enumerate(tqdm(np.random.default_rng(seed).spawn(count), mininterval=30)):
        key = [part, bench.rotations, bench.ensemble, k]
        if key not in rows:
            rows.add(key, plain(once(rng)))
        values.append(rows[key])
    columns = Column("planted, and which figure"), Column("share or mean", ".3f"), Column("of")
    lines = ((name, np.mean([each[name] for each in values]), count) for name in values[0])
    return print_table("", columns, lines)


def again(bench: Bench, given: argparse.Namespace, rows: KeptRows) -> Table:
    """Print p of the rungs 1 and 2 of trained models, on several draws of latents."""
    names = [f"{rung}, {GROUPS[0]}" for rung in ("identity", "symmetry")]

    def lines() -> Iterator[Row]:
        for path in given.checkpoints:
            sample, draws = small_images(path), []
            for k, rng in enumerate(np.random.default_rng(8).spawn(given.count or 6)):
                key = ["again", file_digest(Path(path)), given.n, bench.rotations, k]
                if key not in rows:
                    z = rng.standard_normal((given.n, 6))
                    rows.add(key, plain(bench.group(z, bench.ops(sample(z)), rng)))
                draws.append([rows[key][name] for name in names])
            columns = zip(*draws, strict=True)
            yield path, *(", ".join(f"{p:.2g}" for p in column) for column in columns)

    columns = Column("checkpoint"), Column("identity, p by draw of latents"), Column("symmetry")
    return print_table("", columns, lines())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parts = {"ignorant": ignorant, "planted": planted, "affine": affine, "again": again}
    parser.add_argument("part", choices=parts)
    parser.add_argument("checkpoints", nargs="*")
    add_renderer(parser)
    parser.add_argument("--n", type=int, default=64)
    parser.add_argument("--count", type=int)
    parser.add_argument("--kinds", nargs="*", help="Beginnings of their names, to share the work.")
    parser.add_argument(
        "--groups-only", action="store_true", help="Rungs 1 and 2, which need no ensembles."
    )
    parser.add_argument("--rotations", type=int, default=199)
    parser.add_argument("--ensemble", type=int, default=99)
    parser.add_argument("--rows", type=Path, help="File of the rows that are done.")
    add_json_option(parser)
    given = parser.parse_intermixed_args()
    renderer = given_renderer(given)
    inverse, figures, file = inverse_of(renderer)
    print(f"{file.name}: {json.dumps(asdict(figures))}", flush=True)
    torch.set_num_threads(1)  # several may run side by side
    bench = Bench(renderer, inverse, given.rotations, given.ensemble)
    save_tables(given.json, parts[given.part](bench, given, KeptRows(given.rows)))


if __name__ == "__main__":
    main()
