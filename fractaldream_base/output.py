"""The destination of a command's result, and the files that it may replace."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from .errors import BadInput
from .files import check_outputs, write_json
from .strict_json import json_text

STDOUT = Path("-")


@dataclass(frozen=True)
class OutputOptions:
    """Options of output: the destination of a result, progress, and whether files may be replaced.

    Attributes
    ----------
    json_file
        File of the result as JSON; `STDOUT` to print it there in place of the text, None for none.
    quiet
        Show no progress on stderr.
    force
        Replace files that exist.
    """

    json_file: Path | None = None
    quiet: bool = False
    force: bool = False

    @property
    def progress(self) -> bool:
        """Return whether progress is shown on stderr."""
        return not self.quiet

    @property
    def json_on_stdout(self) -> bool:
        """Return whether the result is printed as JSON, in place of the text."""
        return self.json_file == STDOUT

    def check(self, *files: Path | None) -> None:
        """Refuse files that cannot be written or exist, the one of ``--json`` among them.

        A command calls this before its work begins.

        Raises
        ------
        BadInput
            If a file is a folder, has no folder, or exists and ``--force`` is not given.
        """
        for file in (*files, self.json_file):
            if file is not None and file != STDOUT:
                check_file(file, self.force)

    def file(self, given: Path | None, default: str) -> Path:
        """Return the file to write, checked with `check`.

        Without a given name it is the default one, or, where that exists, the next one that is
        free: map.png, map-2.png, map-3.png.
        """
        if given is None:
            given = Path(default) if self.force else next(p for p in _names(default) if _free(p))
        self.check(given)
        return given

    def say(self, result: Any, text: str, next_command: str | None = None) -> None:
        """Print a result for people and write its JSON file, or print the JSON alone.

        Parameters
        ----------
        result
            The result, as `strict_json.plain` takes it.
        text
            The same for people.
        next_command
            A command to type next, shown to people unless ``--quiet`` is given.
        """
        if self.json_on_stdout:
            click.echo(json_text(result))
            return
        click.echo(text)
        if next_command is not None and not self.quiet:
            click.echo(f"Next: {next_command}")
        if self.json_file is not None:
            write_json(self.json_file, result)


def check_file(file: Path, force: bool) -> None:
    """Refuse a file that cannot be written, or exists and may not be replaced."""
    check_outputs(file)
    if file.exists() and not force:
        raise BadInput(f"{file}: exists; choose another name or add --force to replace it")


def _names(default: str) -> Iterator[Path]:
    """Yield a name, and the same with the numbers from 2."""
    path = Path(default)
    yield path
    number = 2
    while True:
        yield path.with_name(f"{path.stem}-{number}{path.suffix}")
        number += 1


def _free(path: Path) -> bool:
    """Return whether nothing has that name, no broken link either."""
    return not os.path.lexists(path)
