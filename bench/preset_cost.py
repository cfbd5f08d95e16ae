"""Count the operations of a training step of each preset, and the processor time that they take.

The counts stand in `fractaldream_models/preset_costs.toml`; the operations that two cores do in a
second are `GFLOP_PER_SECOND` of `fractaldream_models.preset_table`.

    python bench/preset_cost.py
"""

import time

import torch

from fractaldream_models.preset_table import describe_presets
from fractaldream_models.training.step_cost import fresh_step, gflop_per_image

IMAGES = 4  # of the step that is timed


def main() -> None:
    """Print a row for each preset."""
    torch.set_num_threads(1)
    print(f"{'preset':20}{'GFLOP/image':>12}{'s/image':>10}{'GFLOP/s':>9}  on one thread")
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
        print(f"{preset.name:20}{gflop:12.4f}{seconds:10.5f}{gflop / seconds:9.1f}", flush=True)


if __name__ == "__main__":
    main()
