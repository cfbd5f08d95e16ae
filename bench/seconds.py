"""The processor time of `render`, by what it is spent on.

    python bench/seconds.py [--n 4800] [--json FILE]

One thread draws, renders, packs and assembles a data set under Python's profiler, which counts the
processor time of the thread. Result: microseconds for each image kept, and shares; the time that
the command takes to start, once, is not among them.
"""

import cProfile
import pstats
import tempfile
import time
from pathlib import Path

import click
import h5py
from result_tables import Column, json_option, print_table, processor, save_tables

import fractaldream as fd
from fractaldream.datasets import dataset
from fractaldream.parameters import sampling
from fractaldream.production import shards
from fractaldream.rendering import images as rendering

SHARD = 960
SPENT_ON = {
    "orbits of images": rendering.Workspace.render,
    "orbits of probes": rendering.Workspace.probe,
    "compression": shards.deflate,
    "shards on the disk": dataset.part_bytes,
    "hashes": dataset.image_digest,
    "tone": rendering.Workspace.shade,
    "exponents and cycles": rendering.Workspace.measure,
    "assembly": dataset.write_part,
    "content hash": dataset.finish,
    "draws": sampling.draw_parameters,
}


def make(recipe: fd.Recipe, path: Path) -> int:
    """Write a data set as `render` does; return how many draws were refused after their orbit."""
    starts = iter(range(0, recipe.n, SHARD))

    def next_bounds() -> tuple[int, int] | None:
        start = next(starts, None)
        return None if start is None else (start, min(start + SHARD, recipe.n))

    late = 0
    with h5py.File(path, "w", libver="v110") as file:
        dataset.create(file, recipe, recipe.n, False, ())
        for part in shards.make_parts(shards.Work(recipe), next_bounds):
            path.with_suffix(".shard").write_bytes(dataset.part_bytes(recipe, part, False))
            dataset.write_part(file, part, part.start)
            late += int(part.columns["refused"][:, [shards.VISITED, shards.CYCLE]].sum())
        dataset.finish(file)
    return late


@click.command()
@click.option("--n", default=4800, show_default=True, help="Images.")
@json_option
def main(n: int, json_file: Path | None) -> None:
    """Print the table."""
    profile = cProfile.Profile(time.thread_time)
    with tempfile.TemporaryDirectory() as folder:
        make(fd.Recipe(n=100), Path(folder) / "warm.h5")
        profile.enable()
        late = make(fd.Recipe(n=n), Path(folder) / "data.h5")
        profile.disable()
    stats = pstats.Stats(profile)
    by_code = {key: cumulative for key, (_, _, _, cumulative, _) in stats.stats.items()}  # type: ignore[attr-defined]
    total = stats.total_tt  # type: ignore[attr-defined]
    spent = {}
    for task, function in SPENT_ON.items():
        code = function.__code__
        key = code.co_filename, code.co_firstlineno, code.co_name
        spent[task] = by_code[key]
    spent["all else, in Python"] = total - sum(spent.values())
    caption = f"{processor()}, 1 thread, n = {n:,}; {late / n:.2f} orbits refused for each kept"
    columns = Column("spent on"), Column("us an image kept", ".1f"), Column("share", ".1%")
    rows = [
        (task, seconds / n * 1e6, seconds / total)
        for task, seconds in sorted(spent.items(), key=lambda item: -item[1])
    ]
    rows.append(("all", total / n * 1e6, 1.0))
    save_tables(json_file, print_table(caption, columns, rows))


if __name__ == "__main__":
    main()
