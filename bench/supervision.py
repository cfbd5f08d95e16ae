"""Measure how much supervision a generator needs to rebuild the map, rung by rung.

    python bench/supervision.py train normal32.h5 --kind gan --share 0.01 --seeds 0 1 2 \
        --out runs/supervision [--epochs 15] [--limit 10000]
    python bench/supervision.py train pairs32.h5 --kind aae-sharp --matched which ...
    python bench/supervision.py train normal32.h5 --kind gan --equivariant ...
    python bench/supervision.py ask runs/supervision/gan-share-0.01-* --data normal32.h5
    python bench/supervision.py table runs/supervision --picture supervision.png [--json FILE]

`train` trains one point of the grid, one run a seed, in the folder OUT/KIND-POINT-SEED. `ask` asks
`evalkit correspond` about checkpoints and writes `ladder.json` into the folder of each; those that
have one are not asked again. `table` prints, from these files, the smallest share at which each
rung is found for most seeds and for all larger shares, the power beside it, and the figures of
every point, and draws them. `--matched` needs a data set of pairs: `fractaldream render --law
normal --no-refusals --n 10000 --size 32 --shared 3`.
"""

import argparse
import dataclasses
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from result_tables import Column, Row, add_json_option, print_table, save_tables

TESTED = ("identity", "symmetry", "rotation", "local")
RUNGS = ("identity", "symmetry", "rotation", "affine", "nonlinear", "local")
UNITS = {"identity": "nats", "symmetry": "nats", "rotation": "nats", "affine": "R2",
         "nonlinear": "R2", "local": "share of neighbours"}  # fmt: skip
SHARES = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
PRESETS = {"gan": "gan-fdd", "aae-sharp": "aae-fdd-sharp", "aae": "aae-fdd"}
# The paired loss pulls on G beside the adversary, in one optimiser for `gan`; beside the
# reconstruction error, which is of its size, in the others.
WEIGHTS = {"gan": 30.0, "aae-sharp": 1.0, "aae": 1.0}
ALPHA = 0.05


@dataclasses.dataclass(frozen=True)
class Point:
    """A trained run of the grid, with what was found of it."""

    kind: str
    point: str  # share-0.01, matched-which, equivariant
    seed: int
    ladder: dict[str, Any]

    @property
    def share(self) -> float | None:
        """Return the share of the paired images; None where supervision is of another kind."""
        return float(self.point.removeprefix("share-")) if self.point[:6] == "share-" else None

    def found(self, rung: str) -> bool:
        """Return whether a rung with a test is found at 5% after Holm's correction."""
        p = self.ladder["levels"][rung]["p_adjusted"]
        return p is not None and p <= ALPHA

    def statistic(self, rung: str) -> float:
        """Return what the rung measures."""
        value: float = self.ladder["levels"][rung]["statistic"]
        return value


def train(given: argparse.Namespace) -> None:
    """Train one point of the grid for every seed."""
    from fractaldream_models.training.options import TrainOptions
    from fractaldream_models.training.trainer import train as fit

    changes: dict[str, Any] = {
        "epochs": given.epochs, "keep_every": 10_000, "latent": 6, "channels": 1,
        "limit": given.limit,
    }  # fmt: skip
    if given.equivariant:
        point = "equivariant"
        changes["equivariant"] = "normal"
    elif given.matched:
        point = f"matched-{given.matched}"
        changes |= {"matched_pairs": given.matched, "matched_weight": given.weight or 1.0}
    else:
        point = f"share-{given.share:g}"
        weight = given.weight or WEIGHTS[given.kind]
        changes |= {"paired_weight": weight, "paired_share": given.share}
    if given.width is not None:
        changes["width"] = given.width
    for seed in given.seeds:
        folder = given.out / f"{given.kind}-{point}-{seed}"
        there = (folder / "run.json").exists()
        options = TrainOptions(
            seed=seed, resume=there, device=given.device, precision="32", threads=1
        )
        result = fit(given.data, folder, changes, preset=PRESETS[given.kind], options=options)
        print(result, flush=True)


def ask(given: argparse.Namespace) -> None:
    """Ask for the rungs of checkpoints, and keep each answer beside its checkpoint."""
    from evalkit.correspondence.evaluation import correspond_each
    from evalkit.correspondence.options import CorrespondOptions
    from fractaldream_base.files import write_json

    files = [folder / "last.pt" for folder in given.runs]
    files = [file for file in files if not (file.parent / "ladder.json").exists()]
    if not files:
        return
    options = CorrespondOptions(n=given.n, replicates=0)  # `table` knows the power
    names = [str(file) for file in files]
    results = correspond_each(names, given.data, options=options, progress=True)
    for file, result in zip(files, results, strict=True):
        write_json(file.parent / "ladder.json", result.to_dict())
        print(f"{file.parent.name}: {result.verdict}", flush=True)


def read_points(folder: Path) -> list[Point]:
    """Read the answers of all runs in a folder."""
    points = []
    for file in sorted(folder.glob("*/ladder.json")):
        settings = json.loads((file.parent / "run.json").read_text())["settings"]
        kind = settings["kind"]
        point, _, seed = file.parent.name.removeprefix(f"{kind}-").rpartition("-")
        points.append(Point(kind, point, int(seed), json.loads(file.read_text())))
    return points


def power_of(n: int) -> dict[str, Any]:
    """Return the power of each rung at the default options, which comes with the package."""
    from evalkit.correspondence.map_scores import load_scores, shipped_file
    from evalkit.networks.inverse_store import SHIPPED

    entries = json.loads((SHIPPED / "index.json").read_text())
    name = next(k for k, v in entries.items() if (v["size"], v["palette"]) == (32, "kbc"))
    return load_scores(shipped_file(SHIPPED / name, n)).power


def smallest_share(points: list[Point], rung: str) -> float | None:
    """Return the smallest share at which most seeds find a rung, there and at all larger shares."""
    by_share = defaultdict(list)
    for point in points:
        if point.share is not None:
            by_share[point.share].append(point.found(rung))
    smallest = None
    for share in sorted(by_share, reverse=True):
        if 2 * sum(by_share[share]) <= len(by_share[share]):
            break
        smallest = share
    return smallest


POINTS = (Column("kind"), Column("supervision"), Column("seeds"), *map(Column, RUNGS))


def share_columns(kinds: list[str]) -> list[Column]:
    """Return the columns of the smallest shares."""
    return [Column("rung"), Column("the test finds, in 80% of cases"), *map(Column, kinds)]


def share_rows(points: list[Point], kinds: list[str], power: dict[str, Any]) -> Iterator[Row]:
    """Yield, for each tested rung, its power and the smallest share at which kinds find it."""
    for rung in TESTED:
        smallest = power[rung].smallest
        words = [f"{smallest:.0%} of the variance" if smallest else "not even the map itself"]
        for kind in kinds:
            share = smallest_share([point for point in points if point.kind == kind], rung)
            words.append("at no share" if share is None else f"{100 * share:g}%")
        yield rung, *words


def point_rows(points: list[Point]) -> Iterator[Row]:
    """Yield the figures of every point of the grid, means over seeds."""
    groups: dict[tuple[str, str], list[Point]] = defaultdict(list)
    for point in points:
        groups[point.kind, point.point].append(point)

    def place(key: tuple[str, str]) -> tuple[int, float, str]:
        share = groups[key][0].share
        return list(PRESETS).index(key[0]), 2.0 if share is None else share, key[1]

    for kind, label in sorted(groups, key=place):
        seeds = groups[kind, label]
        words = []
        for rung in RUNGS:
            mean = np.mean([point.statistic(rung) for point in seeds])
            count = sum(point.found(rung) for point in seeds)
            words.append(f"{mean:.2f}" + (f" ({count})" if rung in TESTED else ""))
        name = f"paired {100 * float(label[6:]):g}%" if label[:6] == "share-" else label
        yield f"`{kind}`", name, len(seeds), *words


def table(given: argparse.Namespace) -> None:
    """Print the tables of a folder of answers, and draw its picture."""
    points = read_points(given.folder)
    kinds = [kind for kind in PRESETS if any(point.kind == kind for point in points)]
    power = power_of(points[0].ladder["n"])
    tables = (
        print_table(
            "Smallest share found.", share_columns(kinds), share_rows(points, kinds, power)
        ),
        print_table("What each rung measures (seeds that find it).", POINTS, point_rows(points)),
    )
    save_tables(given.json, *tables)
    if given.picture:
        draw(points, kinds, given.picture)


def draw(points: list[Point], kinds: list[str], file: Path) -> None:
    """Draw each rung's statistic by the share of the paired images."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 5.6), layout="constrained")
    axes = figure.subplots(2, 3)
    colours = dict(zip(kinds, ("#1f5fa8", "#c8501e", "#4a8a3c"), strict=False))
    others = sorted({point.point for point in points if point.share is None})
    for panel, rung in zip(axes.flat, RUNGS, strict=True):
        for kind in kinds:
            mine = [point for point in points if point.kind == kind]
            shares = sorted({point.share for point in mine if point.share is not None})
            at = [SHARES.index(share) for share in shares]
            means = [np.mean([p.statistic(rung) for p in mine if p.share == s]) for s in shares]
            panel.plot(at, means, color=colours[kind], label=kind, linewidth=1.5)
            for point in mine:
                place = (SHARES.index(point.share) if point.share is not None
                         else len(SHARES) + 0.5 + others.index(point.point))  # fmt: skip
                filled = rung in TESTED and point.found(rung)
                panel.plot(place, point.statistic(rung), "o", color=colours[kind], markersize=5,
                           markerfacecolor=colours[kind] if filled else "white")  # fmt: skip
        panel.axhline(0, color="#999999", linewidth=0.6)
        panel.set_title(f"{RUNGS.index(rung) + 1} {rung}", fontsize=10)
        panel.set_ylabel(UNITS[rung], fontsize=8)
        places = [*range(len(SHARES)), *(len(SHARES) + 0.5 + k for k in range(len(others)))]
        names = [f"{100 * share:g}%" for share in SHARES] + [
            name.replace("-", "\n") for name in others
        ]
        panel.set_xticks(places, names, fontsize=6)
        panel.tick_params(axis="y", labelsize=8)
    axes.flat[0].legend(fontsize=8, frameon=False)
    figure.supxlabel(
        "share of 10,000 images that come with their parameters; filled: found at 5%", fontsize=9
    )
    FigureCanvasAgg(figure).print_figure(file, dpi=130)


def main() -> None:
    """Run one of the three commands."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("train")
    command.add_argument("data")
    command.add_argument("--kind", choices=PRESETS, required=True)
    supervision = command.add_mutually_exclusive_group(required=True)
    supervision.add_argument("--share", type=float)
    supervision.add_argument("--matched", choices=("which", "number"))
    supervision.add_argument("--equivariant", action="store_true")
    command.add_argument("--weight", type=float, help="Weight of the loss on pairs.")
    command.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    command.add_argument("--epochs", type=int, default=15)
    command.add_argument("--limit", type=int, default=10_000)
    command.add_argument("--width", type=float)
    command.add_argument("--device", default="auto")
    command.add_argument("--out", type=Path, required=True)
    command.set_defaults(run=train)
    command = commands.add_parser("ask")
    command.add_argument("runs", type=Path, nargs="+")
    command.add_argument("--data", required=True)
    command.add_argument("--n", type=int, default=256)
    command.set_defaults(run=ask)
    command = commands.add_parser("table")
    command.add_argument("folder", type=Path)
    command.add_argument("--picture", type=Path)
    add_json_option(command)
    command.set_defaults(run=table)
    given = parser.parse_args()
    given.run(given)


if __name__ == "__main__":
    main()
