"""The kernel of the renderer against C on one core, with the widest vectors and with AVX2.

    python bench/kernel.py [--limit PATH/limit.c] [--rounds 5] [--avx2] [--json FILE]

Times are processor times of one thread, so that other programs on the machine disturb them less.
What is compared is measured in turn, round after round, and ratios are medians over the rounds.
`--avx2` adds rows that use no AVX-512, ours by restricting the features that numba compiles for.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from numba.core.codegen import get_host_cpu_features
from render import COMPILER, FLAGS, HERE, STEPS, rows_of_limit
from result_tables import Column, Row, json_option, print_table, processor, save_tables

import fractaldream as fd
from fractaldream.rendering.images import LANES, Workspace

VIEWS = ("fixed", "tight")
ONE_THREAD = {**os.environ, "OMP_NUM_THREADS": "1"}
BEST_OF = 5
COLUMNS = (
    Column("what"),
    Column("Mstep/s", ",.0f", statistics.median),
    Column("of limit.c", ".2f", statistics.median),
)
Rates = dict[str, dict[str, float]]  # million map steps per second, by program and view


def print_rates() -> None:
    """Print the kernel's million map steps per second, by view: the work of a subprocess."""
    groups = np.split(rows_of_limit(4 * LANES), 4)
    for view in VIEWS:
        space = Workspace(fd.Recipe(iterations=STEPS, view=view))
        best = np.inf
        for _ in range(1 + BEST_OF):  # the first compiles, or reads what was compiled
            began = time.thread_time()
            for group in groups:
                space.render(group)
            best = min(best, time.thread_time() - began)
        click.echo(f"{view} {STEPS * 4 * LANES / best / 1e6:.1f}")


def features_without_avx512() -> str:
    """Return the features of this processor in LLVM's names, those of AVX-512 switched off."""
    later = re.compile("avx512|avx10|evex|amx")
    names = get_host_cpu_features().split(",")
    return ",".join(f"-{name[1:]}" if later.search(name) else name for name in names)


def rates(command: list[str], environment: dict[str, str]) -> dict[str, float]:
    """Return the million map steps per second that a program prints, by view."""
    text = subprocess.check_output(command, text=True, env=environment, cwd=HERE)
    return {view: float(rate) for view, rate in re.findall(r"(fixed|tight) +([\d.]+)", text)}


def compile_limit(limit: Path, program: Path, *flags: str) -> list[str]:
    """Compile a C program that times itself, for processor time; return its command."""
    clock = ["-include", str(HERE / "processor_time.h"), "-Domp_get_wtime=processor_time"]
    command = [COMPILER, *FLAGS.split(), "-ffp-contract=fast", *flags, *clock]
    subprocess.run([*command, limit.absolute(), "-o", program, "-lm"], check=True)
    return [str(program)]


def rows(rounds: list[Rates]) -> Iterator[Row]:
    """Yield a row for each program and view, with its ratio to limit.c where that was measured."""
    for name in rounds[0]:
        standard = name.replace("our kernel", "limit.c")
        for view in VIEWS:
            ratios = None
            if standard in rounds[0] and standard != name:
                ratios = [each[name][view] / each[standard][view] for each in rounds]
            yield f"{name}, {view}", [each[name][view] for each in rounds], ratios


@click.command()
@click.option("--limit", type=click.Path(exists=True, path_type=Path), help="limit.c to compare.")
@click.option("--rounds", default=5, show_default=True, help="Rounds of measurement.")
@click.option("--avx2", is_flag=True, help="Measure without AVX-512 as well.")
@json_option
def main(limit: Path | None, rounds: int, avx2: bool, json_file: Path | None) -> None:
    """Print the table."""
    ours = [sys.executable, "-c", "import kernel; kernel.print_rates()"]
    programs = {"our kernel": (ours, ONE_THREAD)}
    if avx2:
        narrow = {**ONE_THREAD, "NUMBA_CPU_FEATURES": features_without_avx512()}
        programs["our kernel, AVX2"] = ours, narrow
    with tempfile.TemporaryDirectory() as folder:
        if limit is not None:
            program = Path(folder) / "limit"
            programs["limit.c"] = compile_limit(limit, program), ONE_THREAD
            if avx2:
                command = compile_limit(limit, Path(f"{program}-avx2"), "-mno-avx512f")
                programs["limit.c, AVX2"] = command, ONE_THREAD
        measured = []
        for number in range(rounds):
            click.echo(f"round {number + 1} of {rounds}", err=True)
            measured.append({name: rates(*program) for name, program in programs.items()})
    caption = f"{processor()}, 1 core, {rounds} rounds, load {os.getloadavg()[0]:.0f}"
    save_tables(json_file, print_table(caption, COLUMNS, rows(measured)))


if __name__ == "__main__":
    main()
