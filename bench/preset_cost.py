"""Count the operations of a training step of each preset, and the processor time that they take.

The counts stand in the preset files (`about.gflop`); the operations that two cores do in a second
are `GFLOP_PER_SECOND` of `fractaldream_models.preset_table`.

    python bench/preset_cost.py
"""

import time

import torch
from fractaldream_models.preset_table import counted_gflop, fresh_step, read_preset
from fractaldream_models.settings import presets


def main() -> None:
    """Print a row for each preset."""
    torch.set_num_threads(1)
    print("preset              GFLOP/image  s/image  GFLOP/s on one thread")
    for name in presets():
        about = read_preset(name)
        gflop = counted_gflop(about)
        step, batch = fresh_step(about, about.settings.batch)
        step(*batch)
        began = time.process_time()
        step(*batch)
        seconds = (time.process_time() - began) / about.settings.batch
        print(f"{name:20} {gflop:10.4f} {seconds:8.5f} {gflop / seconds:12.1f}")


if __name__ == "__main__":
    main()
