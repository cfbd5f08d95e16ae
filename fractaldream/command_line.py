"""Parts that command lines are made of: groups of options, and options that many commands take.

A command names the groups that it takes and receives each as one frozen dataclass::

    @click.command()
    @takes(RENDER, OUTPUT)
    def render(options: RenderOptions, output: OutputOptions): ...
"""

import contextlib
import dataclasses
import functools
import io
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from .errors import BadInput

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


FILE = click.argument("file", type=click.Path(path_type=Path))
THREADS = click.option("--threads", type=int, help="Default: one for each processor.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
FORCE = click.option("--force", is_flag=True, help="Replace what is there, once this is complete.")


@dataclass(frozen=True)
class OutputOptions:
    """How a result is printed, and whether progress is shown."""

    as_json: bool
    quiet: bool = False

    @property
    def progress(self) -> bool:
        """Whether progress is shown on stderr."""
        return not self.quiet

    def say(self, result: Any, lines: Callable[[Any], list[str]]) -> None:
        """Print a result, a dataclass or a dictionary, in lines for people or as JSON."""
        if self.as_json:
            value = result if isinstance(result, dict) else dataclasses.asdict(result)
            click.echo(json.dumps(value, indent=1))
        else:
            click.echo("\n".join(lines(result)))


OUTPUT = Group("output", OutputOptions, (QUIET, JSON))


def refuse_overwriting(out: Path, force: bool) -> None:
    """Raise BadInput where a file is there and may not be replaced."""
    if out.exists() and not force:
        raise BadInput(f"{out}: exists; choose another name or add --force to replace it")


@contextlib.contextmanager
def exits(program: str) -> Iterator[None]:
    """End the program as click's exceptions and Ctrl-C ask for: one line, exit status 2 or 130."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may be no text
    try:
        yield
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        if isinstance(stop.__cause__, EOFError):  # click takes any for an interrupt
            raise stop.__cause__ from None
        click.echo(f"{program}: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        command = error.ctx.command_path if getattr(error, "ctx", None) else program  # type: ignore[attr-defined]
        click.echo(f"{command}: {error.format_message()}", err=True)
        sys.exit(2)
