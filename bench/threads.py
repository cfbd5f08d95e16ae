"""Time a training step with the number of threads of PyTorch and with ours, as the machine is now.

Both are timed in turns in one run, so that they meet the same other programs; `ours` is asked anew
for each turn. Result: seconds of a step, and their ratio.

    python bench/threads.py [--turns 5] [--steps 3] [--busy 0] [--json FILE]

`--busy N` adds N processes that compute without end, as neighbours on shared cores do.
"""

import argparse
import multiprocessing
import os
import statistics
import time

import torch
from result_tables import Column, add_json_option, print_table, save_tables

from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import preset
from fractaldream_models.training.step import Step
from fractaldream_models.training.threads import default_threads, usable_cores

SIZE, CHANNELS = 32, 3


def spin() -> None:
    """Compute without end."""
    while True:
        sum(range(10_000))


def main() -> None:
    """Print the times and their ratio."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--busy", type=int, default=0)
    add_json_option(parser)
    options = parser.parse_args()
    settings, default = preset("aae-fdd"), torch.get_num_threads()
    config = ModelConfig(
        "aae", SIZE, CHANNELS, settings.latent, width=settings.width, kernel=settings.kernel
    )
    model = build(config).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    step = Step(model, settings, torch.Generator().manual_seed(0))
    images = torch.rand(settings.batch, CHANNELS, SIZE, SIZE)
    images = images.contiguous(memory_format=torch.channels_last)

    def timed(threads: int) -> float:
        torch.set_num_threads(threads)
        step(images, None, None)
        started = time.perf_counter()
        for _ in range(options.steps):
            step(images, None, None)
        return (time.perf_counter() - started) / options.steps

    neighbours = [multiprocessing.Process(target=spin, daemon=True) for _ in range(options.busy)]
    for process in neighbours:
        process.start()
    plain, ours, counts = [], [], []
    for _ in range(options.turns):
        plain.append(timed(default))
        torch.set_num_threads(default)
        counts.append(default_threads())
        ours.append(timed(counts[-1]))
    for process in neighbours:
        process.terminate()
    load = os.getloadavg()[0]
    caption = f"{usable_cores()} cores, load average {load:.1f}, torch {torch.__version__}"
    columns = (
        Column("threads"),
        Column("s a step", ".3f", statistics.median),
        Column("times as fast as PyTorch's", ".2f"),
    )
    rows = (
        (f"PyTorch's {default}", plain, 1.0),
        (f"ours, {counts}", ours, statistics.median(plain) / statistics.median(ours)),
    )
    save_tables(options.json, print_table(caption, columns, rows))


if __name__ == "__main__":
    main()
