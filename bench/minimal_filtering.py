"""Training steps of `aae` with and without Winograd's minimal filtering: time and memory.

    python bench/minimal_filtering.py [--size 64] [--width 0.25] [--batch 64] [--steps 4] \
        [--rounds 3] [--json FILE]

One thread, processor time, so that other programs disturb little. In each round both forms run one
after the other, each in a process of its own, whose peak memory is measured as well.
"""

import json
import resource
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import torch
from adversary import images_per_second
from result_tables import Column, Row, json_option, print_table, processor, save_tables

from fractaldream_models import winograd

PRESET = "aae-simpsons"
FORMS = ("by minimal filtering", "plain")
COLUMNS = (
    Column("convolutions"),
    Column("images/s", ".2f", statistics.median),
    Column("peak memory, MiB", ",.0f", statistics.median),
    Column("times as fast as plain", ".2f", statistics.median),
)


def measured(form: str, size: int, width: float, batch: int, steps: int) -> dict[str, float]:
    """Return images a second of one thread and the peak memory, MiB, of this process."""
    if form == "plain":
        winograd.pays = lambda x, weight: False
    torch.set_num_threads(1)
    rate = images_per_second(PRESET, size, 3, {"width": width}, batch, steps)
    unit = 2**10 if sys.platform == "linux" else 2**20
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
    return {"rate": rate, "memory": peak}


def rows(arguments: list[str], rounds: int) -> Iterator[Row]:
    """Yield a row for each form."""
    results: dict[str, list[dict[str, float]]] = {form: [] for form in FORMS}
    for _ in range(rounds):
        for form in FORMS:
            command = [sys.executable, __file__, *arguments, "--one", form]
            results[form].append(json.loads(subprocess.check_output(command)))
    plain = [result["rate"] for result in results["plain"]]
    for form, of_form in results.items():
        rates = [result["rate"] for result in of_form]
        ratios = [rate / other for rate, other in zip(rates, plain, strict=True)]
        yield form, rates, [result["memory"] for result in of_form], ratios


@click.command()
@click.option("--size", default=64, show_default=True, help="Pixels of a side.")
@click.option("--width", default=0.25, show_default=True, help="Factor of the channels.")
@click.option("--batch", default=64, show_default=True, help="Images in a step.")
@click.option("--steps", default=4, show_default=True, help="Steps that are timed.")
@click.option("--rounds", default=3, show_default=True, help="Rounds.")
@click.option("--one", type=click.Choice(FORMS), hidden=True)
@json_option
def main(
    size: int,
    width: float,
    batch: int,
    steps: int,
    rounds: int,
    one: str | None,
    json_file: Path | None,
) -> None:
    """Print the table."""
    if one is not None:
        print(json.dumps(measured(one, size, width, batch, steps)))
        return
    arguments = [f"--size={size}", f"--width={width}", f"--batch={batch}", f"--steps={steps}"]
    caption = f"{processor()}, `aae`, {size} px, width {width:g}, {batch} images in a step"
    save_tables(json_file, print_table(caption, COLUMNS, rows(arguments, rounds)))


if __name__ == "__main__":
    main()
