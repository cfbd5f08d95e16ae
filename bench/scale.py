"""Measure what many images need: rates of assembly and reading, Dask's share, memory.

    python bench/scale.py [--n 20000] [--shard 50000] [--json FILE]

One run on one machine; prints the table of docs/results/scale.md. Needs the extra `cluster`.
"""

import platform
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import click
import h5py
import numpy as np
from result_tables import Column, Quantity, Row, json_option, print_table, save_tables

import fractaldream as fd
from fractaldream.datasets import dataset
from fractaldream.datasets.dataset import Part, part_bytes
from fractaldream.production import cluster
from fractaldream.production.shards import Work, deflate, shard_path
from fractaldream.rendering.images import thread_count

TASKS = 2000
MEMORY = """
import re, sys
from pathlib import Path
import fractaldream as fd
from fractaldream.datasets.dataset import part_bytes
from fractaldream.production.shards import Work, make_parts
n = int(sys.argv[1])
recipe, bounds = fd.Recipe(n=n), iter([(0, n)])
for part in make_parts(Work(recipe), lambda: next(bounds, None)):
    Path(sys.argv[2]).write_bytes(part_bytes(recipe, part, False))
print(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
"""

MANY, EACH, LIMIT = 1500, 10, 1024  # shards, images of each, files that a process may open
BLACK = """
import resource, sys
import h5py
limit = int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (limit, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
with h5py.File(sys.argv[1], "r") as file:  # as a reader that knows nothing of shards
    images = file["images"]
    print(sum(not images[i].any() for i in range(len(images))))
"""


def timed(call: Callable[[], Any]) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def busy(call: Callable[[], Any]) -> tuple[float, float]:
    """Seconds of the wall, and of the processor in this process."""
    before = cpu_seconds()
    wall = timed(call)
    return wall, cpu_seconds() - before


def reading(path: Path, rows: np.ndarray) -> tuple[float, float]:
    """Images a second from first to last, and milliseconds for one at random."""
    with fd.open(path) as data:
        whole = len(data) / timed(lambda: [data[i : i + 500] for i in range(0, len(data), 500)])
        return whole, 1e3 * statistics.median(timed(lambda r=r: data[int(r)]) for r in rows)


def black(folder: Path) -> int:
    """Images that HDF5 reads as zeros, where none are, in a virtual file of too many shards."""
    recipe = fd.Recipe(n=MANY * EACH, size=16)
    part = Part(0, EACH)
    part.chunks = [deflate(np.ones((recipe.size, recipe.size), np.uint8))] * EACH
    whole = part_bytes(recipe, part, False)
    paths = [shard_path(folder, k * EACH) for k in range(MANY)]
    for path in paths:
        path.write_bytes(whole)
    with h5py.File(folder / "many.h5", "w", libver="v110") as file:
        dataset.create(file, recipe, recipe.n, False, [(path.name, EACH) for path in paths])
    black_rows = subprocess.check_output(
        [sys.executable, "-c", BLACK, str(folder / "many.h5"), str(LIMIT)], text=True
    )
    return int(black_rows)


@click.command()
@click.option("--n", default=20_000, show_default=True, help="Images.")
@click.option(
    "--shard", default=50_000, show_default=True, help="Images of a large shard; 0: none."
)
@json_option
def main(n: int, shard: int, json_file: Path | None) -> None:
    threads = thread_count(None)
    caption = (
        f"{platform.machine()}, {threads} cores, Python {platform.python_version()}, n = {n:,}"
    )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fd.render(fd.Recipe(n=50), folder / "warm.h5")
        rows = chain(
            rendering(folder, n, threads),
            reading_and_assembly(folder, n),
            limits(folder, shard) if sys.platform == "linux" else (),
        )
        table = print_table(caption, (Column("what"), Column("measured", ",")), rows)
    save_tables(json_file, table)


def rendering(folder: Path, n: int, threads: int) -> Iterator[Row]:
    """Yield the rates of threads and of workers; leaves a.h5, plain, and b.h5, virtual."""
    recipe = fd.Recipe(n=n)
    alone = timed(
        lambda: fd.render(recipe, folder / "a.h5", options=fd.RenderOptions(threads=threads))
    )
    with cluster.connect(None, threads, 1) as crew:
        address = crew.client.scheduler.address
        fd.render(
            fd.Recipe(n=50), folder / "warm too.h5", options=fd.RenderOptions(scheduler=address)
        )
        options = fd.RenderOptions(scheduler=address, virtual=True)
        together = timed(lambda: fd.render(recipe, folder / "b.h5", options=options))
        empty = folder / "empty"
        empty.mkdir()
        bounds = [(k, k + 1) for k in range(TASKS)]
        blank = deflate(np.zeros((recipe.size, recipe.size), np.uint8))
        for each in bounds:  # shards that are there already: nothing is rendered
            part = Part(*each)
            part.chunks = [blank]
            shard_path(empty, each[0]).write_bytes(part_bytes(recipe, part, False))

        def hand_out() -> None:
            with crew.at_work(Work(recipe), bounds, empty):
                pass

        wall, used = busy(hand_out)  # client, scheduler and half of the talk; not the worker
    yield f"`--threads {threads}`", Quantity(n / alone, "images/s")
    yield f"`--workers {threads} --virtual`, once they run", Quantity(n / together, "images/s")
    yield "handing out a shard", Quantity(1e3 * wall / TASKS, "ms", ".1f")
    yield "its time of a core", Quantity(1e3 * used / TASKS, "ms", ".1f")


def reading_and_assembly(folder: Path, n: int) -> Iterator[Row]:
    """Yield how fast a.h5 and b.h5 are read, and made again of their shards."""
    recipe, out = fd.Recipe(n=n), folder / "b.h5"
    for kind, path in (("virtual", out), ("plain", folder / "a.h5")):
        sequence, single = reading(path, np.random.default_rng(0).integers(0, n, 500))
        yield f"reading a {kind} file", Quantity(sequence, "images/s")
        yield f"reading one image of a {kind} file", Quantity(single, "ms", ".2f")
    out.unlink()
    wall, used = busy(
        lambda: fd.render(recipe, out, resume=True, options=fd.RenderOptions(virtual=True))
    )
    yield from assembly("virtual", n, wall, used)
    out.unlink()
    shutil.move(f"{out}.shards", f"{out}.parts")
    wall, used = busy(lambda: fd.render(recipe, out, resume=True))
    yield from assembly("one file", n, wall, used)
    yield "size of the columns", Quantity(columns(folder / "a.h5"), "bytes an image")


def assembly(kind: str, n: int, wall: float, used: float) -> Iterator[Row]:
    """Yield the rows of an assembly: the rate, and the time of a core."""
    yield f"assembly, {kind}", Quantity(n / wall, "images/s")
    yield f"its time of a core, {kind}", Quantity(1e6 * used / n, "us an image")


def limits(folder: Path, shard: int) -> Iterator[Row]:
    """Yield what too many open files cost, and the memory of a large shard, on Linux."""
    (folder / "many").mkdir()
    lost = Quantity(black(folder / "many"), f"of {MANY * EACH:,} images", ",")
    yield f"read as black, {MANY:,} shards and {LIMIT:,} files", lost
    if shard:
        peak_line = subprocess.check_output(
            [sys.executable, "-c", MEMORY, str(shard), str(folder / "large.h5")], text=True
        )
        peak = int(re.findall(r"\d+", peak_line)[-1]) / 2**20
        yield f"peak memory of a thread, shards of {shard:,}", Quantity(peak, "GiB", ".2f")


def columns(path: Path) -> float:
    with fd.open(path) as data:
        held = [getattr(data, name).nbytes for name, *_ in dataset.COLUMNS]
        return sum(held) / len(data)


if __name__ == "__main__":
    main()
