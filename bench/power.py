"""Measure the power of each rung of the ladder.

    python bench/power.py [--n 64 128 256 512] [--replicates 100] [--looks 100] [--distances 24] \
        [--json FILE]

Tables: for each n, smallest share and rates by share of every tested rung, at 5% and at the level
of the ladder; how far turning the latents agrees with turning the images (rung 2); how the scores
of the ensembles of rung 6 depend on the share; and what rung 1 finds by each way of judging pairs.
0 replicates of a kind leave its table out. Ensembles and powers that come with the package
(`bench/map_scores.py`) are not computed again. With `--rows FILE` those that are computed are
written as they are known, and an interrupted run goes on.
"""

import argparse
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import numpy as np
from inverse import add_renderer, given_renderer
from kept_rows import KeptRows
from map_scores import POWER, SharedScores, power_rows
from result_tables import Column, Row, Table, add_json_option, print_table, save_tables

from evalkit.correspondence.map_scores import MapScores, shipped_scores
from evalkit.correspondence.nulls.ensembles import SHARED
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.power.planted import power_of
from evalkit.correspondence.power.search import Power, is_found, partial_images
from evalkit.correspondence.rung_names import TESTED
from evalkit.correspondence.rungs import identity_and_symmetry, neighbourhood
from evalkit.correspondence.rungs.neighbourhood import References, neighbours_by_size
from evalkit.correspondence.rungs.pair_scores import group_scores
from evalkit.correspondence.session import Session
from evalkit.family.renderer import Renderer
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.networks.inverse_store import inverse_of
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import Twist, signed_permutations


def powers(
    renderer: Renderer, inverse_file: Path, options: CorrespondOptions, rows: KeptRows
) -> Iterator[Row]:
    """Yield the power of each tested rung, at alpha and at the level of Holm for the smallest p."""
    scores = shipped_scores(inverse_file, options)
    key = ["ensembles", inverse_file.name, asdict(options)]
    if key in rows:
        scores = scores.joined(MapScores.from_dict(rows[key]))
    inverse = inverse_of(renderer)[0]
    shared = SharedScores(Session.render(renderer, inverse, options))
    if len(scores.ensembles) < len(SHARED):
        scores = shared.with_families(scores, 1.0, *SHARED)
        rows.add(key, scores.to_dict())
    for alpha in (options.alpha * len(TESTED), options.alpha):
        key = ["power", inverse_file.name, asdict(options), alpha]
        power = scores.power if alpha == options.alpha else {}
        if key in rows:
            power = {name: Power.from_dict(values) for name, values in rows[key].items()}
        if not power:
            power = power_of(shared.planted(scores, alpha), progress=True)
            rows.add(key, {name: each.to_dict() for name, each in power.items()})
        yield from power_rows(options.n, power)


def looks(renderer: Renderer, inverse: InverseRenderer, n: int, replicates: int) -> Table:
    """Rung 2 by turned latents and by turned images, on the same replicates."""
    draws = signed_permutations(6, 99, np.random.default_rng(1))
    turns = np.concatenate([np.eye(6)[None], draws])

    def scores(share: float) -> Row:
        pairs = []
        for k in range(replicates):
            rng = np.random.default_rng([k, 7])
            v = rng.standard_normal((n, 6))
            small = partial_images(renderer, share, v, rng)
            mixture = inverse.answer(inverse.hidden(small))
            for looked in (
                [mixture.behind(matrix) for _, matrix in renderer.symmetries()],
                [inverse.answer(inverse.hidden(turned(small, *turn))) for turn in OPERATIONS],
            ):
                values = group_scores(looked, v, turns).max(0)
                pairs.append((values[0], is_found(values, 0.0125)))
        first, second = np.array(pairs[::2], float), np.array(pairs[1::2], float)
        means = (np.mean(x[:, k]) for k in (0, 1) for x in (first, second))
        return share, *means, np.mean(first[:, 1] == second[:, 1])

    columns = (
        Column("s", "g"), Column("statistic, latents turned", ".3f"),
        Column("images turned", ".3f"), Column("found at 1.25%, latents turned", ".2f"),
        Column("images turned", ".2f"), Column("alike", ".2f"),
    )  # fmt: skip
    rows = (scores(share) for share in (0.3, 0.4, 0.5, 0.6))
    return print_table("Rung 2 by turned latents and by turned images.", columns, rows)


def own_images(renderer: Renderer, inverse: InverseRenderer, n: int, count: int) -> Table:
    """Rung 6 of G_s's own images behind maps that keep N(0, I)."""
    rng = np.random.default_rng(3)
    v, seen_v = rng.standard_normal((n, 6)), rng.standard_normal((2048, 6))
    seen = inverse.hidden(renderer.small(seen_v))
    references = References(seen_v, seen, neighbours_by_size(seen_v))

    def overlap(z: np.ndarray, hidden: np.ndarray) -> float:
        return float(neighbourhood.statistic(z, hidden, references).mean())

    def rows() -> Iterator[Row]:
        for share in (0.1, 0.3, 0.5, 0.8, 1.0):
            hidden = inverse.hidden(partial_images(renderer, share, v, np.random.default_rng(4)))
            maps = (Twist.draw(6, child) for child in rng.spawn(count))
            scores = [overlap(twist.inverse(v), hidden) for twist in maps]
            yield share, *np.quantile(scores, [0.5, 0.95]), overlap(v, hidden)

    columns = (
        Column("s", "g"), Column("own images behind maps: median", ".4f"), Column("95%", ".4f"),
        Column("G_s itself", ".4f"),
    )  # fmt: skip
    return print_table("Rung 6 of own images behind maps.", columns, rows())


def distances(renderer: Renderer, inverse: InverseRenderer, n: int, replicates: int) -> Table:
    """Share found by rung 1 at 5%, by each way of judging pairs, on the same replicates."""
    ways, shares = ("blur", "features", "density"), (0.3, 0.5, 0.7)
    rates_found = np.zeros((len(shares), len(ways)))
    for k in range(replicates):
        rng = np.random.default_rng([k, 9])
        v = rng.standard_normal((n, 6))
        partial = [partial_images(renderer, share, v, rng) for share in shares]
        turns = {"signed-permutations": signed_permutations(6, 39, rng)}
        for column, way in enumerate(ways):
            comparisons = [identity_and_symmetry.compare(way, inverse, small) for small in partial]
            scores, _ = identity_and_symmetry.statistic(comparisons, renderer, v, turns)
            for row, of_group in enumerate(scores):
                values = of_group["signed-permutations"][0]
                rates_found[row, column] += rank("", values[0], values[1:]).p_value <= 0.05
    columns = (Column("n"), Column("s", "g"), *(Column(way, ".2f") for way in ways))
    lines = np.column_stack([shares, rates_found / replicates]).tolist()
    return print_table("Share found by rung 1 at 5%.", columns, ((n, *line) for line in lines))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_renderer(parser)
    parser.add_argument("--n", type=int, nargs="+", default=[256])
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--looks", type=int, default=100)
    parser.add_argument("--distances", type=int, default=24)
    parser.add_argument("--rows", type=Path, help="File of the rows that are done.")
    add_json_option(parser)
    given = parser.parse_args()
    renderer, rows = given_renderer(given), KeptRows(given.rows)
    inverse, _, inverse_file = inverse_of(renderer)
    tables = []
    if given.replicates:
        calls = (
            CorrespondOptions(n=n, replicates=given.replicates, mapping=given.map) for n in given.n
        )
        lines = (
            line for options in calls for line in powers(renderer, inverse_file, options, rows)
        )
        tables.append(print_table("", POWER, lines))
    if given.looks:
        tables.append(looks(renderer, inverse, given.n[0], given.looks))
        tables.append(own_images(renderer, inverse, given.n[0], 79))
    if given.distances:
        tables += [distances(renderer, inverse, n, given.distances) for n in given.n]
    save_tables(given.json, *tables)


if __name__ == "__main__":
    main()
