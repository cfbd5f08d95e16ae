"""Tables of measurements: printed as Markdown row by row, and written as JSON in one form.

A script names its columns and yields rows; `print_table` prints and returns them, and `save_tables`
writes the tables of a run to the file of its option `--json`:

    {"script": "kernel.py", "arguments": ["--rounds", "3"], "date": "2026-11-26",
     "machine": {"processor": "...", "cores": 2, "python": "3.11.2"},
     "tables": [{"caption": "...", "columns": ["what", "rate"], "rows": [["our kernel", 812.5]]}]}

A value of a row is a word, a number, None where nothing was measured, a list of numbers, one for
each seed or round, or `{"value": 812.5, "unit": "Mstep/s"}`.
"""

import argparse
import datetime
import math
import os
import platform
import re
import statistics
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, SupportsFloat, TypeVar

import click

from fractaldream_base.files import write_json

Script = TypeVar("Script", bound=Callable[..., object])


@dataclass(frozen=True)
class Quantity:
    """A number with a unit of its own, in a column whose rows differ in theirs."""

    value: SupportsFloat | Sequence[SupportsFloat]  # a number, or one for each seed or round
    unit: str  # such as images/s
    form: str = ",.0f"  # format specification


Value = str | SupportsFloat | Sequence[SupportsFloat] | Quantity | None
Row = Sequence[Value]


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    title
        Its title, with the unit and what is good.
    form
        Format specification of its numbers, such as `.2f`.
    middle
        What stands for the numbers of several seeds or rounds; their range stands beside it.
    """

    title: str
    form: str = ""
    middle: Callable[[Sequence[float]], float] = statistics.fmean

    def text(self, value: Value) -> str:
        """Return a value as it is printed."""
        if isinstance(value, str):
            return value
        if isinstance(value, Quantity):
            return f"{self._number(value.value, value.form)} {value.unit}"
        return "-" if value is None else self._number(value, self.form)

    def _number(self, value: SupportsFloat | Sequence[SupportsFloat], form: str) -> str:
        numbers = value if isinstance(value, Sequence) else [value]
        if not numbers or any(math.isnan(number) for number in numbers):
            return "-"
        if len(numbers) == 1:
            return format(numbers[0], form)
        floats = [float(number) for number in numbers]
        middle, low, high = (
            format(number, form) for number in (self.middle(floats), min(floats), max(floats))
        )
        return f"{middle} ({low} to {high})"


@dataclass(frozen=True)
class Table:
    """A table of measurements.

    Attributes
    ----------
    caption
        What was measured, in words.
    columns
        The columns.
    rows
        A value for each column in every row.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return the table as JSON holds it."""
        return {
            "caption": self.caption,
            "columns": [column.title for column in self.columns],
            "rows": [[_number_and_unit(value) for value in row] for row in self.rows],
        }


def _number_and_unit(value: Value) -> Any:
    """Return a value without the form in which it is printed."""
    return {"value": value.value, "unit": value.unit} if isinstance(value, Quantity) else value


def line(cells: Iterable[str]) -> str:
    """Return a line of a table in Markdown."""
    return f"| {' | '.join(cells)} |"


def print_table(caption: str, columns: Sequence[Column], rows: Iterable[Row]) -> Table:
    """Print a table in Markdown, each row as soon as it is measured, and return it.

    Parameters
    ----------
    caption
        What was measured; empty for a table that needs no caption.
    columns
        The columns.
    rows
        The rows; a generator measures them one by one.

    Returns
    -------
    Table
        The table with all of its rows.
    """
    print(f"\n{caption}\n" if caption else "")
    print(line(column.title for column in columns))
    print("|" + "---|" * len(columns), flush=True)
    printed = []
    for row in rows:
        cells = [column.text(value) for column, value in zip(columns, row, strict=True)]
        print(line(cells), flush=True)
        printed.append(tuple(row))
    return Table(caption, tuple(columns), tuple(printed))


def save_tables(path: Path | None, *tables: Table) -> None:
    """Write the tables of a run, its command, date and machine as JSON; None: write nothing."""
    if path is None:
        return
    run = {
        "script": Path(sys.argv[0]).name,
        "arguments": sys.argv[1:],
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "machine": {
            "processor": processor(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "tables": [table.to_dict() for table in tables],
    }
    write_json(path, run)


def processor() -> str:
    """Return the name of the processor."""
    if Path("/proc/cpuinfo").exists():
        match = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
        if match:
            return match[1]
    return platform.processor() or platform.machine()


def add_json_option(parser: argparse.ArgumentParser) -> None:
    """Add `--json` to a script that reads its options with argparse."""
    parser.add_argument("--json", type=Path, metavar="FILE", help="JSON file of the tables.")


def json_option(script: Script) -> Script:
    """Add `--json`, as the parameter `json_file`, to a command of click."""
    path = click.Path(path_type=Path)
    option = click.option("--json", "json_file", type=path, help="JSON file of the tables.")
    return option(script)
