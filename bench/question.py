"""The question of 2019, asked of good generators: the ladder beside the quality of the images.

    python bench/question.py NORMAL.h5 NAME=GLOB... [--n 512] [--keep FOLDER] [--picture FILE.png]

NORMAL.h5 is the data set that the checkpoints learnt from (law `normal`, without refusals), and
NAME=GLOB names the checkpoints of one setting, one for each seed. Printed are, for each setting,
the figures of `bench/generators.py` and what `evalkit correspond` finds on each tested rung: how
many seeds, and the smallest adjusted p; and the power, the smallest share of the variance that
would have been found in 80% of cases. --keep is that of `bench/generators.py`. The picture repeats
figure 9 of the report of 2019: renderings of some parameters, and below them what the first
checkpoint of each setting makes of the same numbers.
"""

import argparse
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from generators import COLUMNS, Bench, Figures, ResultStore, add_options, checkpoints
from result_tables import Column, Row, Table, print_table, save_tables

from evalkit.correspondence.evaluation import correspond_each
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.results import CorrespondResult
from evalkit.correspondence.rung_names import TESTED
from evalkit.correspondence.rungs.outcome import RungResult
from evalkit.family.renderer import renderer_of
from evalkit.inputs.model import open_model
from evalkit.support.pictures import save_picture, tiles, to_rgb
from fractaldream_base.files import file_digest

SHOWN = 12  # images of each row of the picture
VISITED = 0.15  # least share of visited pixels of a rendering in the picture
QUALITY = ("frechet", "classifier_accuracy", "precision", "recall")


@dataclass(frozen=True)
class Ladder:
    """Hold the results of the ladder for one checkpoint.

    Attributes
    ----------
    p
        Adjusted p-values of the tested rungs.
    smallest
        Power: the smallest share that each rung finds; None where it finds not even the map itself.
    near
        Share of the images whose detail is that of renderings.
    """

    p: dict[str, float]
    smallest: dict[str, float | None]
    near: float


def ladder_of(result: CorrespondResult) -> Ladder:
    """Return the figures of a result that are stored."""
    rungs = {name: result.rungs[name] for name in TESTED}
    return Ladder(
        p={
            name: rung.p_adjusted
            for name, rung in rungs.items()
            if isinstance(rung, RungResult) and rung.p_adjusted is not None
        },
        smallest={name: power.smallest for name, power in result.power.items()},
        near=result.images.near / result.images.images,
    )


def ladder(path: str, bench: Bench, options: CorrespondOptions) -> Ladder:
    """Return the ladder of a checkpoint, measured now where it is not stored."""
    key = (file_digest(path), Path(bench.data).stem, options)
    values = bench.store.get(*key)
    if values is None:
        each = correspond_each(
            [path], bench.data, options=options, device=bench.device, progress=True
        )
        values = asdict(ladder_of(next(each)))
        bench.store.put(values, *key)
    result = Ladder(**values)
    print(f"{path}: {result}", file=sys.stderr, flush=True)
    return result


def table(
    quality: dict[str, list[Figures]], ladders: dict[str, list[Ladder]], alpha: float
) -> Table:
    """Print the figures of quality, and how many seeds each rung finds."""

    def cells(name: str, seeds: list[Figures]) -> Row:
        of_name = ladders.get(name, [])
        words = []
        for rung in TESTED:
            p = [each.p[rung] for each in of_name if rung in each.p]
            words.append(f"{sum(v <= alpha for v in p)} of {len(p)}, p {min(p):.3f}" if p else "-")
        figures = ([getattr(each, key) for each in seeds] for key in QUALITY)
        near = np.mean([each.near for each in of_name]) if of_name else None
        return (name, *figures, near, *words)

    columns = (
        Column("generator"),
        *(COLUMNS[key] for key in QUALITY),
        Column("like renderings", ".2f"),
        *map(Column, TESTED),
    )
    return print_table("", columns, (cells(name, seeds) for name, seeds in quality.items()))


def power_line(ladders: dict[str, list[Ladder]]) -> str:
    """Return what the tested rungs would have found."""
    smallest = next(iter(ladders.values()))[0].smallest
    parts = [f"{rung} {'none' if share is None else share}" for rung, share in smallest.items()]
    return "Power, smallest share of the variance found in 80% of cases: " + ", ".join(parts) + "."


def draw(data: str, runs: dict[str, list[str]], path: Path) -> None:
    """Write renderings of some v, and what the first checkpoint of each setting makes of them."""
    firsts = [open_model(paths[0]) for paths in runs.values()]
    size = firsts[0].size
    renderer = renderer_of(data, mapping="standard", size=size, palette="kbc")
    v = np.random.default_rng(9).standard_normal((8 * SHOWN, 6))
    levels = renderer.levels(v)
    v = v[(levels > 0).mean((1, 2)) > VISITED][:SHOWN]
    rows = [renderer.colours(renderer.levels(v)), *(to_rgb(model.decode(v)) for model in firsts)]
    picture = tiles(np.concatenate(rows), len(v))
    times = max(1, 64 // size)
    save_picture(path, picture.repeat(times, 0).repeat(times, 1))
    print("rows of the picture: FD(v), " + ", ".join(runs), file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_options(parser)
    parser.add_argument("--n", type=int, default=512, help="Pairs of the ladder.")
    given = parser.parse_args()
    runs = checkpoints(given.runs)
    if given.picture is not None:
        draw(given.data, runs, given.picture)
    bench = Bench(given.data, 2000, given.refine, given.device, ResultStore(given.keep))
    options = CorrespondOptions(n=given.n)
    quality = bench.rows(runs)
    ladders = {
        name: [ladder(path, bench, options) for path in paths] for name, paths in runs.items()
    }
    save_tables(given.json, table(quality, ladders, options.alpha))
    print()
    print(power_line(ladders))


if __name__ == "__main__":
    main()
