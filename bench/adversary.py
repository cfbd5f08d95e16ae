"""Measure the training steps of the kinds with an adversary: penalties, losses, augmentation.

One thread, processor time, so that other programs disturb little.

    python bench/adversary.py [--json FILE]
"""

import argparse
import time
from collections.abc import Iterator
from typing import Any

import torch
from result_tables import Column, Row, add_json_option, print_table, save_tables

from fractaldream_models.settings import override, preset
from fractaldream_models.training.step_cost import fresh_step

VARIANTS: dict[str, dict[str, Any]] = {
    "as the preset says": {},
    "without penalties": {"r1_weight": 0.0, "r2_weight": 0.0},
    "finite differences, every 8th step": {"penalty": "finite-difference"},
    "exact, every step": {"penalty_every": 1},
    "finite differences, every step": {"penalty": "finite-difference", "penalty_every": 1},
    "binary cross-entropy": {"adversarial_loss": "bce"},
}
PRESETS = (
    *(("gan-fdd", 32, 1), ("gan-fdd-64", 64, 1), ("aae-fdd-sharp", 32, 1), ("aae-fdd", 32, 3)),
    *(("flow-fdd", 32, 1), ("flow-fdd-64", 64, 1)),  # the baseline without an adversary
)
IMAGES = 64
STEPS = 8  # a multiple of penalty_every


def images_per_second(
    name: str,
    size: int,
    channels: int,
    changes: dict[str, Any],
    batch: int = IMAGES,
    steps: int = STEPS,
) -> float:
    """Return the images that one thread trains on in a second of processor time."""
    torch.manual_seed(0)
    settings = override(preset(name), changes)
    step, (x, _, _) = fresh_step(settings, batch, size, channels)
    step.model.to(memory_format=torch.channels_last)
    x = (2 * x - 1).contiguous(memory_format=torch.channels_last)
    step(x, None, None)  # the first step plans convolutions
    began = time.process_time()
    for _ in range(steps):
        step(x, None, None)
    return steps * batch / (time.process_time() - began)


def rows() -> Iterator[Row]:
    """Yield a row for each preset, and for each variant of the first."""
    for number, (name, size, channels) in enumerate(PRESETS):
        for variant, changes in VARIANTS.items():
            if number == 0 or not changes:
                yield name, size, variant, images_per_second(name, size, channels, changes)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add_json_option(parser)
    given = parser.parse_args()
    torch.set_num_threads(1)
    columns = (Column("preset"), Column("px"), Column("variant"), Column("images/s", ".1f"))
    save_tables(given.json, print_table("", columns, rows()))


if __name__ == "__main__":
    main()
