"""Options that several commands share: one frozen dataclass for each group.

A command names the groups that it takes and receives each as one object::

    @click.command()
    @takes(MODEL, IMAGES, OUTPUT, SEED)
    def grid(source: ModelOptions, images: ImageOptions, output: OutputOptions, seed: int): ...
"""

import functools
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

Decorator = Callable[..., Any]


@dataclass(frozen=True)
class Group:
    """Options that reach a command as one frozen dataclass.

    name is the parameter of the command, kind the dataclass whose fields the options fill, and
    options are the click decorators in the order in which the help shows them.
    """

    name: str
    kind: Callable[..., Any]
    options: tuple[Decorator, ...]

    def collect(self, given: dict[str, Any]) -> Any:
        """Take this group's values out of `given` and return them as its dataclass."""
        names = [f.name for f in fields(self.kind) if f.name in given]  # type: ignore[arg-type]
        return self.kind(**{name: given.pop(name) for name in names})


def takes(*parts: Group | Decorator) -> Decorator:
    """Give a command these options; each Group arrives as one object under its name."""
    groups = [part for part in parts if isinstance(part, Group)]
    options = [o for part in parts for o in (part.options if isinstance(part, Group) else (part,))]

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**given: Any) -> None:
            collected = {group.name: group.collect(given) for group in groups}
            function(**given, **collected)

        decorated: Callable[..., None] = command
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


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
