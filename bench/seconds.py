"""The processor time of `render`, by what it is spent on.

    python bench/seconds.py [--n 4800] [--json FILE]

One thread draws, renders, packs and assembles a data set under Python's profiler, which counts the
processor time of the thread. Result: microseconds for each image kept, and shares; the time that
the command takes to start, once, is not among them.

The column "alone" holds what the same work takes without the profiler and without all that stands
around it: the compiled kernels on full groups of lanes, SHA-256 and the compression of one buffer,
HDF5's writing of chunks into a file in memory. It is the least that these libraries allow for.
"""

import cProfile
import hashlib
import pstats
import statistics
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np
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


def least(recipe: fd.Recipe, path: Path, draws: float, orbits: float) -> dict[str, float]:
    """Return the seconds that each part takes alone, for each image kept.

    draws, orbits: how many were probed, and rendered to their end, for each image kept.
    """
    with fd.open(path) as data:
        n = len(data) // rendering.LANES * rendering.LANES
        params, levels = data.params[:n], data[:n]
    space = rendering.Workspace(recipe)
    groups = params.reshape(-1, rendering.LANES, params.shape[1])
    chunks = [shards.deflate(image) for image in levels]
    buffers = [row.tobytes() + image.tobytes() for row, image in zip(params, levels, strict=True)]
    lanes = np.arange(rendering.LANES)
    parts: dict[str, tuple[float, Callable[[], object]]] = {
        "orbits of images": (orbits, lambda: of_each(space.render, groups)),
        "orbits of probes": (draws, lambda: of_each(space.probe, groups)),
        "exponents and cycles": (orbits, lambda: of_each(lambda _: space.measure(), groups)),
        "tone": (1, lambda: of_each(lambda _: space.shade(lanes), groups)),
        "compression": (1, lambda: of_each(shards.deflate, levels)),
        "hashes": (1, lambda: of_each(hashlib.sha256, buffers)),
        "shards on the disk": (1, lambda: write_chunks(recipe, chunks)),
        "assembly": (1, lambda: write_chunks(recipe, chunks)),
    }
    return {name: factor * seconds(work) / n for name, (factor, work) in parts.items()}


def of_each(work: Callable[[Any], object], items: Iterable[Any]) -> None:
    """Call a function on each of some items."""
    for item in items:
        work(item)


def seconds(work: Callable[[], object]) -> float:
    """Return the processor time of the thread that some work takes, the median of three runs."""
    taken = []
    for _ in range(3):
        began = time.thread_time()
        work()
        taken.append(time.thread_time() - began)
    return statistics.median(taken)


def write_chunks(recipe: fd.Recipe, chunks: list[bytes]) -> None:
    """Write compressed images into an HDF5 file in memory."""
    with h5py.File("alone", "w", driver="core", backing_store=False, libver="v110") as file:
        shape = (recipe.size, recipe.size)
        images = file.create_dataset(
            "images", (len(chunks), *shape), "u1", chunks=(1, *shape), compression="gzip"
        )
        for row, chunk in enumerate(chunks):
            images.id.write_direct_chunk((row, 0, 0), chunk)


@click.command()
@click.option("--n", default=4800, show_default=True, help="Images.")
@json_option
def main(n: int, json_file: Path | None) -> None:
    """Print the table."""
    profile = cProfile.Profile(time.thread_time)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.h5"
        make(fd.Recipe(n=100), Path(folder) / "warm.h5")
        profile.enable()
        late = make(fd.Recipe(n=n), path)
        profile.disable()
        with fd.open(path) as data:
            refused = int(data.refused.sum())
        alone = least(fd.Recipe(n=n), path, 1 + refused / n, 1 + late / n)
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
    columns = (
        Column("spent on"),
        Column("us an image kept", ".1f"),
        Column("share", ".1%"),
        Column("alone, us", ".1f"),
    )
    rows = [
        (task, taken / n * 1e6, taken / total, alone[task] * 1e6 if task in alone else None)
        for task, taken in sorted(spent.items(), key=lambda item: -item[1])
    ]
    rows.append(("all", total / n * 1e6, 1.0, sum(alone.values()) * 1e6))
    save_tables(json_file, print_table(caption, columns, rows))


if __name__ == "__main__":
    main()
