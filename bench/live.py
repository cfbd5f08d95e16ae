"""Live data against the file: images a second that arrive, and that are trained on.

    python bench/live.py [--size 128] [--images 640] [--workers 0 1] [--width 0.125] \
        [--json FILE]

Both sides give the same images of the law of 2019 as float batches on the CPU. The file is rendered
first, and read into memory before the clock starts, as `fractaldream train` does; what both took is
stated, as is the time to the first live batch. The sides take turns, three times; medians count.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path

import torch
from result_tables import Column, Row, add_json_option, print_table, save_tables
from torch import Tensor

import fractaldream as fd
from fractaldream_models.data.live import read_live
from fractaldream_models.data.live_images import LiveImages
from fractaldream_models.data.sources import open_data
from fractaldream_models.data.tensors import Data
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override, preset
from fractaldream_models.training.step import Step

BATCH = 64


def stored(data: Data) -> Iterator[Tensor]:
    """Yield batches of the file, coloured, in a new order in every pass."""
    while True:
        for rows in torch.randperm(len(data.images)).split(BATCH):
            if len(rows) == BATCH:
                yield data.batch(rows, (-1, 1))


def streamed(data: Data, source: str, workers: int) -> Iterator[Tensor]:
    """Yield batches of the stream, coloured with the palette of the file."""
    for levels, _ in LiveImages(read_live(source), batch=BATCH, start=0).loader(workers):
        yield data.coloured(levels, (-1, 1))


def trainer(size: int, width: float) -> Callable[[Tensor], object]:
    """Return a function that takes one training step of a small `aae-fdd-2019`."""
    settings = override(preset("aae-fdd-2019"), {"width": width, "batch": BATCH})
    torch.manual_seed(0)
    model = build(ModelConfig("aae", size, 3, settings.latent, width=width))
    model = model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    step = Step(model, settings, torch.Generator().manual_seed(0))
    return lambda x: step(x.contiguous(memory_format=torch.channels_last), None, None)


def rate(batches: Iterator[Tensor], n: int, use: Callable[[Tensor], object]) -> float:
    """Return the images per second over n batches."""
    started = time.perf_counter()
    for x in islice(batches, n):
        use(x)
    return n * BATCH / (time.perf_counter() - started)


Turn = tuple[str, int, Callable[[Tensor], object]]  # what batches are for, how many, and their use
COLUMNS = (
    Column("what"),
    Column("side"),
    Column("images/s", ",.0f", statistics.median),
    Column("of the file", ".3f", statistics.median),
)


def rows(sides: dict[str, Iterator[Tensor]], turns: tuple[Turn, ...]) -> Iterator[Row]:
    """Yield a row for each use and side, measured in turn."""
    for purpose, n, use in turns:
        rates: dict[str, list[float]] = {name: [] for name in sides}
        for _ in range(3):
            for name, batches in sides.items():
                rates[name].append(rate(batches, n, use))
        base = statistics.median(rates["file"])
        for name, values in rates.items():
            yield purpose, name, values, [value / base for value in values]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--size", type=int, default=128)
    parser.add_argument("--images", type=int, default=640)
    parser.add_argument("--steps", type=int, default=3, help="Training steps in each turn.")
    parser.add_argument("--workers", type=int, nargs="+", default=[0, 1])
    parser.add_argument("--width", type=float, default=0.125)
    add_json_option(parser)
    options = parser.parse_args()
    torch.set_num_threads(1)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    source = f"live:fractaldream,size={options.size}"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        started = time.perf_counter()
        fd.render(
            fd.Recipe(n=options.images, size=options.size),
            path,
            options=fd.RenderOptions(threads=1),
        )
        rendered = time.perf_counter() - started
        started = time.perf_counter()
        data = open_data(str(path))
        read = time.perf_counter() - started
    print(f"file: {options.images} images rendered in {rendered:.1f} s, read in {read:.2f} s")
    sides: dict[str, Iterator[Tensor]] = {"file": stored(data)}
    for workers in options.workers:
        name = f"live, {workers} workers"
        started = time.perf_counter()
        sides[name] = streamed(data, source, workers)
        next(sides[name])
        print(f"{name}: first batch after {time.perf_counter() - started:.1f} s")
    step = trainer(options.size, options.width)
    enough = options.images // BATCH
    turns = (
        ("arriving", enough, torch.Tensor.numel),
        (f"trained on, aae width {options.width:g}", options.steps, step),
    )
    caption = f"{options.size} px, batches of {BATCH}, torch on one thread, {cores} cores"
    save_tables(options.json, print_table(caption, COLUMNS, rows(sides, turns)))


if __name__ == "__main__":
    main()
