"""Measure the power of each rung of the ladder, and how long that takes.

    python bench/power.py --data normal64.h5 [--n 128 256 512] [--replicates 100] [--looks 100] \
        [--distances 24]

Tables: for each n, smallest share and rates by share of every tested rung, at 5% and at the level
of the ladder, with the seconds that it took beside those of the ladder's ensembles; how far
turning the latents agrees with turning the images (rung 2); how the scores of the ensembles
of rung 6 depend on the share; and what rung 1 finds by each way of judging pairs. 0 replicates of
a kind leave its table out.
"""

import argparse
import dataclasses
import time
from pathlib import Path

import numpy as np

from evalkit.correspondence.ladder import score_ensembles
from evalkit.correspondence.nulls.gain import matched_gain
from evalkit.correspondence.nulls.generators import smooth_network
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.power import planted
from evalkit.correspondence.power.search import is_found, partial_images
from evalkit.correspondence.rung_names import TESTED
from evalkit.correspondence.rungs import identity_and_symmetry, neighbourhood
from evalkit.correspondence.rungs.neighbourhood import References, neighbours_by_size
from evalkit.correspondence.rungs.pair_scores import group_scores
from evalkit.correspondence.session import ProbeImages, Session
from evalkit.family.renderer import Renderer, renderer_of
from evalkit.family.symmetry import OPERATIONS, turned
from evalkit.inputs.model import from_callable
from evalkit.networks.inverse_renderer import InverseRenderer
from evalkit.networks.inverse_store import inverse_of
from evalkit.statistics.inference import rank
from evalkit.statistics.orthogonal_group import Twist, signed_permutations


def powers(renderer: Renderer, inverse: InverseRenderer, options: CorrespondOptions) -> None:
    """Print the power of each tested rung, at alpha and at the level of Holm for the smallest p."""
    network = smooth_network(6, np.random.default_rng(0), channels=renderer.channels)
    model = from_callable(lambda z: network(z).transpose(0, 2, 3, 1), "smooth", latent=6)
    began = time.perf_counter()
    session = Session.render(renderer, inverse, options)
    subject = session.subject(model)
    comparison = identity_and_symmetry.compare(options.distance, inverse, subject.small)
    _, fd_behind_draws = identity_and_symmetry.statistic(
        [comparison], renderer, session.v, session.turns, progress=True
    )
    statistics = time.perf_counter() - began
    began = time.perf_counter()
    references = neighbourhood.references(ProbeImages.render(session, [subject]))
    rng = np.random.default_rng(1)
    gain = matched_gain(subject.z, subject.small, rng)
    ensembles = score_ensembles(subject, session, references, gain, rng, progress=True)
    seconds = time.perf_counter() - began
    print(f"\nn {options.n}: images and {options.rotations} draws of each group "
          f"{statistics:.0f} s, ensembles of {options.ensemble} {seconds:.0f} s\n")  # fmt: skip
    print("| n | level | rung | smallest share | found, by share | seconds |\n|" + "---|" * 6)
    search = planted.smallest_share
    for alpha in (options.alpha * len(TESTED), options.alpha):
        names, last = iter(TESTED), time.perf_counter()

        def timed(*args, alpha: float, **how):  # type: ignore[no-untyped-def]
            nonlocal last
            power = search(*args, alpha=alpha, **how)
            now = time.perf_counter()
            rates = ", ".join(f"{share:g}: {rate:.2f}" for share, rate in power.rates.items())
            cells = [options.n, f"{100 * alpha:g}%", next(names), power.smallest, rates]  # noqa: B023
            print("| " + " | ".join(map(str, cells)) + f" | {now - last:.0f} |", flush=True)
            last = now
            return power

        planted.smallest_share = timed
        at = dataclasses.replace(session, options=dataclasses.replace(options, alpha=alpha))
        rng = np.random.default_rng(2)
        at_level = planted.Planted(at, ensembles, fd_behind_draws, references, rng)
        planted.power_of(at_level, progress=True)
    planted.smallest_share = search


def looks(renderer: Renderer, inverse: InverseRenderer, n: int, replicates: int) -> None:
    """Rung 2 by turned latents and by turned images, on the same replicates."""
    draws = signed_permutations(6, 99, np.random.default_rng(1))
    turns = np.concatenate([np.eye(6)[None], draws])
    print("\n| s | statistic, latents turned | images turned | found at 1.25%, latents turned | "
          "images turned | alike |\n|---|---|---|---|---|---|")  # fmt: skip
    for share in (0.3, 0.4, 0.5, 0.6):
        rows = []
        for k in range(replicates):
            rng = np.random.default_rng([k, 7])
            v = rng.standard_normal((n, 6))
            small = partial_images(renderer, share, v, rng)
            mixture = inverse.answer(inverse.hidden(small))
            for looked in (
                [mixture.behind(matrix) for _, matrix in renderer.symmetries()],
                [inverse.answer(inverse.hidden(turned(small, *how))) for how in OPERATIONS],
            ):
                values = group_scores(looked, v, turns).max(0)
                rows.append((values[0], is_found(values, 0.0125)))
        first, second = np.array(rows[::2], float), np.array(rows[1::2], float)
        cells = [f"{share:g}", *(f"{np.mean(x[:, 0]):.3f}" for x in (first, second))]
        cells += [f"{np.mean(x[:, 1]):.2f}" for x in (first, second)]
        cells.append(f"{np.mean(first[:, 1] == second[:, 1]):.2f}")
        print(f"| {' | '.join(cells)} |", flush=True)


def own_images(renderer: Renderer, inverse: InverseRenderer, n: int, count: int) -> None:
    """Rung 6 of G_s's own images behind maps that keep N(0, I)."""
    rng = np.random.default_rng(3)
    v, seen_v = rng.standard_normal((n, 6)), rng.standard_normal((2048, 6))
    seen = inverse.hidden(renderer.small(seen_v))
    references = References(seen_v, seen, neighbours_by_size(seen_v))

    def overlap(z: np.ndarray, hidden: np.ndarray) -> float:
        return float(neighbourhood.statistic(z, hidden, references).mean())

    print("\n| s | own images behind maps: median, 95% | G_s itself |\n|---|---|---|")
    for share in (0.1, 0.3, 0.5, 0.8, 1.0):
        hidden = inverse.hidden(partial_images(renderer, share, v, np.random.default_rng(4)))
        scores = [overlap(Twist.draw(6, child).inverse(v), hidden) for child in rng.spawn(count)]
        middle, high = np.quantile(scores, [0.5, 0.95])
        print(f"| {share} | {middle:.4f}, {high:.4f} | {overlap(v, hidden):.4f} |", flush=True)


def distances(renderer: Renderer, inverse: InverseRenderer, n: int, replicates: int) -> None:
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
    print("\n| n | s | " + " | ".join(ways) + " |\n" + "|---" * 5 + "|")
    for share, rates in zip(shares, rates_found / replicates, strict=True):
        print(f"| {n} | {share} | " + " | ".join(f"{rate:.2f}" for rate in rates) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--size", type=int, default=64)
    parser.add_argument("--n", type=int, nargs="+", default=[256])
    parser.add_argument("--rotations", type=int, default=199)
    parser.add_argument("--ensemble", type=int, default=99)
    parser.add_argument("--replicates", type=int, default=100)
    parser.add_argument("--looks", type=int, default=100)
    parser.add_argument("--distances", type=int, default=24)
    given = parser.parse_args()
    renderer = renderer_of(given.data, mapping="standard", size=given.size, colour=True)
    inverse = inverse_of(renderer)[0]
    if given.replicates:
        how = {name: getattr(given, name) for name in ("rotations", "ensemble", "replicates")}
        for n in given.n:
            powers(renderer, inverse, CorrespondOptions(n=n, **how))
    if given.looks:
        looks(renderer, inverse, given.n[0], given.looks)
        own_images(renderer, inverse, given.n[0], 79)
    if given.distances:
        for n in given.n:
            distances(renderer, inverse, n, given.distances)


if __name__ == "__main__":
    main()
