"""Options that several commands share: one frozen dataclass for each group.

A command names the groups that it takes and receives each as one object::

    @click.command()
    @takes(MODEL, IMAGES, OUTPUT, SEED)
    def grid(source: ModelOptions, images: ImageOptions, output: OutputOptions, seed: int): ...
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

# handed on, so that the command lines of evalkit find all their parts here
from fractaldream.command_line import Decorator as Decorator
from fractaldream.command_line import Group as Group
from fractaldream.command_line import takes as takes

SEEDS = click.IntRange(0, 2**32 - 1)  # what all the libraries take
SEED = click.option("--seed", type=SEEDS, default=0, show_default=True, help="Random seed.")
DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")
JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    help="Write the results as JSON to this file; - for stdout.",
)


@dataclass(frozen=True)
class OutputOptions:
    """Where the results go, and whether progress is shown."""

    json_file: Path | None
    quiet: bool = False

    @property
    def progress(self) -> bool:
        """Whether progress is shown on stderr."""
        return not self.quiet

    def say(self, value: dict[str, Any], text: str) -> None:
        """Print the table on stdout and write the JSON file; with `-` print the JSON alone."""
        import json

        from .files import plain, write_json

        if self.json_file is not None and str(self.json_file) == "-":
            click.echo(json.dumps(plain(value), indent=1, allow_nan=False))
            return
        click.echo(text)
        if self.json_file is not None:
            write_json(self.json_file, value)


OUTPUT = Group("output", OutputOptions, (JSON, QUIET))
JSON_OUTPUT = Group("output", OutputOptions, (JSON,))  # of commands that show no progress
