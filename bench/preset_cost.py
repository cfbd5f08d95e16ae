"""Count the operations of a training step of each preset, and the processor time that they take.

The counts stand in `fractaldream_models/preset_costs.toml`; the operations that two cores do in a
second are `GFLOP_PER_SECOND` of `fractaldream_models.preset_table`.

    python bench/preset_cost.py [--json FILE]
"""

import argparse
import time
from collections.abc import Iterator

import torch
from result_tables import Column, Row, add_json_option, print_table, save_tables

from fractaldream_models.preset_table import describe_presets
from fractaldream_models.training.step_cost import fresh_step, gflop_per_image

IMAGES = 4  # of the step that is timed


COLUMNS = (
    Column("preset"),
    Column("GFLOP an image", ".4f"),
    Column("s an image, one thread", ".5f"),
    Column("GFLOP/s", ".1f"),
)


def rows() -> Iterator[Row]:
    """Yield a row for each preset."""
    for preset in describe_presets().presets:
        if preset.cost is None:
            continue
        size, channels = preset.cost.size, preset.cost.channels
        gflop = gflop_per_image(preset.settings, size, channels)
        step, batch = fresh_step(preset.settings, IMAGES, size, channels)
        step(*batch)
        began = time.process_time()
        step(*batch)
        seconds = (time.process_time() - began) / IMAGES
        yield preset.name, gflop, seconds, gflop / seconds


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_json_option(parser)
    given = parser.parse_args()
    torch.set_num_threads(1)
    save_tables(given.json, print_table("", COLUMNS, rows()))


if __name__ == "__main__":
    main()
