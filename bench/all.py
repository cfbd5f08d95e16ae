"""Run every benchmark of speed, keep the figures, and compare them with those of the repository.

    python bench/all.py --scale small [--out RUN.json] [--only kernel.py] [--limit PATH/limit.c]

Each script runs with the arguments of the scale (`SCALES`); `small` takes less than ten minutes on
two cores. RUN.json holds the processor, the versions, the date and the tables of each script. A run
that was interrupted goes on: scripts that RUN.json holds already are not run again.

Then every figure stands beside that of the run of the same processor family and scale in
`docs/results/speed/`, with their ratio; those that are worse by more than a quarter are marked. To
make a run the one of its family, write it there: `--out docs/results/speed/FAMILY-SCALE.json`.
"""

import datetime
import importlib.metadata
import json
import os
import platform
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from result_tables import Column, Row, print_table, processor

from fractaldream_base.files import write_json

HERE = Path(__file__).parent
COMMITTED = HERE.parent / "docs" / "results" / "speed"
LIBRARIES = ("numpy", "numba", "torch", "scikit-learn", "h5py")
TOLERANCE = 1.25  # a figure that is worse by more is marked
# `correspond` computes null distributions of its own where --n is small: as long as all others
SHORT = [
    word
    for name in ("quality", "compare", "project", "neighbours", "disentangle", "clean review")
    for word in ("--only", name)
]
SCALES: dict[str, dict[str, list[str]]] = {
    "small": {
        "kernel.py": ["--rounds", "3"],
        "seconds.py": ["--n", "2400"],
        "render.py": ["--n", "10000", "--rounds", "3", "--draws", "64"],
        "train.py": ["--steps", "1", "--batch", "2", "--device", "cpu"],
        "adversary.py": [],
        "live.py": ["--size", "64", "--steps", "1", "--images", "128"],
        "neighbours.py": ["--queries", "1000", "--references", "5000", "--size", "64"],
        "commands.py": ["--scale", "0.05", *SHORT],
    },
    "full": {
        "kernel.py": ["--rounds", "5", "--avx2"],
        "seconds.py": ["--n", "9600"],
        "render.py": ["--n", "50000", "--rounds", "5"],
        "train.py": ["--steps", "3", "--device", "cpu"],
        "adversary.py": [],
        "live.py": [],
        "neighbours.py": [],
        "scale.py": [],
        "preset_cost.py": [],
        "threads.py": [],
        "commands.py": ["--scale", "1"],
    },
}
TAKE_LIMIT = {"kernel.py", "render.py"}
COLUMNS = (
    Column("script"),
    Column("figure"),
    Column("now", ",.4g"),
    Column("committed", ",.4g"),
    Column("now / committed", ".2f"),
    Column(""),
)


@dataclass(frozen=True)
class Figure:
    """A measured number.

    Attributes
    ----------
    value
        The number; the median where it was measured several times.
    better
        What is good, by its unit: `higher`, `lower`, or empty where the unit does not say.
    """

    value: float
    better: str


def family() -> str:
    """Return the processor family of this machine, as it stands in names of files."""
    info = Path("/proc/cpuinfo")
    if info.exists():
        found = dict(
            re.findall(r"^(vendor_id|cpu family|model)\s*: (\S+)$", info.read_text(), re.M)
        )
        if len(found) == 3:
            vendor = re.sub("Genuine|Authentic", "", found["vendor_id"]).lower()
            return f"{vendor}-{found['cpu family']}-{found['model']}"
    return re.sub(r"\W+", "-", f"{platform.system()}-{processor()}").lower()


def described(scale: str) -> dict[str, Any]:
    """Return what a run holds beside the tables of its scripts."""
    versions = {name: importlib.metadata.version(name) for name in LIBRARIES}
    return {
        "scale": scale,
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "processor": processor(),
        "family": family(),
        "cores": os.cpu_count(),
        "versions": {"python": platform.python_version(), **versions},
        "load": [],
        "scripts": {},
    }


def run_script(script: str, arguments: list[str]) -> list[dict[str, Any]]:
    """Run a script; return its tables. Raises RuntimeError with the last line that it printed."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "run.json"
        command = [sys.executable, str(HERE / script), *arguments, "--json", str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder)
        if done.returncode:
            lines = (done.stderr or done.stdout).strip().splitlines()
            raise RuntimeError(lines[-1] if lines else f"exit status {done.returncode}")
        tables: list[dict[str, Any]] = json.loads(path.read_text())["tables"]
    return tables


def better(words: str) -> str:
    """Return what is good of a number in such a unit or column: higher, lower or nothing known."""
    if "/s" in words or "times as fast" in words:
        return "higher"
    if re.search(r"\b(s|ms|us|seconds|MiB|GiB|bytes|time)\b", words):
        return "lower"
    return ""


def figures(tables: list[dict[str, Any]]) -> Iterator[tuple[str, Figure]]:
    """Yield the numbers of tables, by the words of their row and the title of their column."""
    for table in tables:
        for row in table["rows"]:
            label = ", ".join(value for value in row if isinstance(value, str) and value)
            for title, value in zip(table["columns"], row, strict=True):
                unit = value["unit"] if isinstance(value, dict) else title
                number = value["value"] if isinstance(value, dict) else value
                if isinstance(number, list):
                    number = statistics.median(number) if number else None
                if isinstance(number, int | float) and not isinstance(number, bool):
                    yield f"{label}: {title}", Figure(number, better(f"{unit} {title}"))


def comparison(now: dict[str, Any], committed: dict[str, Any]) -> Iterator[Row]:
    """Yield a row for each figure of a run, beside that of the committed run."""
    for script, tables in now["scripts"].items():
        before = dict(figures(committed.get("scripts", {}).get(script, [])))
        for name, figure in figures(tables):
            old = before.get(name)
            old_value = None if old is None else old.value
            ratio = figure.value / old_value if old_value else None
            yield script, name, figure.value, old_value, ratio, verdict(figure, ratio)


def verdict(figure: Figure, ratio: float | None) -> str:
    """Return `slower` or `faster` where a figure differs by more than the tolerance, else ""."""
    if ratio is None or not figure.better or ratio <= 0:
        return ""
    gain = ratio if figure.better == "higher" else 1 / ratio
    return "slower" if gain < 1 / TOLERANCE else "faster" if gain > TOLERANCE else ""


@click.command()
@click.option("--scale", type=click.Choice(list(SCALES)), default="small", show_default=True)
@click.option("--only", multiple=True, help="A script to run; may be given again.")
@click.option("--out", type=click.Path(path_type=Path), help="JSON file of the run.")
@click.option("--limit", type=click.Path(exists=True, path_type=Path), help="limit.c to compare.")
def main(scale: str, only: tuple[str, ...], out: Path | None, limit: Path | None) -> None:
    """Run the benchmarks and print the comparison."""
    run = json.loads(out.read_text()) if out is not None and out.exists() else described(scale)
    path = COMMITTED / f"{run['family']}-{scale}.json"
    committed = json.loads(path.read_text()) if path.exists() else {}
    for script, arguments in SCALES[scale].items():
        if script in run["scripts"] or (only and script not in only):
            continue
        if limit is not None and script in TAKE_LIMIT:
            arguments = [*arguments, "--limit", str(limit.absolute())]
        began = time.monotonic()
        click.echo(f"{script} {' '.join(arguments)} ...", err=True)
        try:
            run["scripts"][script] = run_script(script, arguments)
        except RuntimeError as error:
            click.echo(f"{script} gave no figures: {error}", err=True)
            continue
        click.echo(f"  {time.monotonic() - began:.0f} s", err=True)
        run["load"] = [*run["load"], round(os.getloadavg()[0], 1)]
        if out is not None:
            write_json(out, run)
    caption = f"{run['processor']}, scale {scale}; no run of {run['family']} is committed"
    if committed:
        caption = f"{run['processor']}, scale {scale}, beside the run of {committed['date']}"
    print_table(caption, COLUMNS, comparison(run, committed))


if __name__ == "__main__":
    main()
