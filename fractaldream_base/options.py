"""The options that the commands of all packages share, and groups of options.

A command names the groups that it takes and receives each as one frozen dataclass::

    @command()
    @takes(FILE, OUTPUT)
    def info(file: Path, output: OutputOptions): ...

Every command takes `OUTPUT`: ``--json [FILE.json]``, ``--quiet`` and ``--force``. Commands that
write a file or a folder take `out_option`, those that draw random numbers `seed_option`, those that
run networks `device_option` and `THREADS`.
"""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click
from click.shell_completion import CompletionItem

from .output import STDOUT, OutputOptions
from .seeds import MOST

Decorator = Callable[..., Any]
THREAD_VARIABLES = (
    "OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS",
)  # fmt: skip


@dataclass(frozen=True)
class Group:
    """Options that reach a command as one frozen dataclass.

    Attributes
    ----------
    name
        The parameter of the command.
    kind
        The dataclass whose fields the options fill.
    options
        Decorators of click, in the order in which the help shows them.
    """

    name: str
    kind: Callable[..., Any]
    options: tuple[Decorator, ...]

    def collect(self, given: dict[str, Any]) -> Any:
        """Take this group's values out of `given` and return them as its dataclass."""
        names = [f.name for f in fields(self.kind) if f.name in given]  # type: ignore[arg-type]
        return self.kind(**{name: given.pop(name) for name in names})


def options_group(kind: Callable[..., Any], *options: Decorator, name: str = "options") -> Group:
    """Return options that reach a command as one `kind`, a frozen dataclass, called `name`."""
    return Group(name, kind, options)


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


def completed_names(*names: str) -> Callable[..., list[CompletionItem]]:
    """Return what completes a word to one of these names, or else to a file."""

    def complete(
        context: click.Context, parameter: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        matches = [name for name in names if incomplete and name.startswith(incomplete)]
        return [CompletionItem(name) for name in matches] or [
            CompletionItem(incomplete, type="file")
        ]

    return complete


completed_data = completed_names("mnist", "fashion-mnist", "live:fractaldream")


def joined_json(words: list[str]) -> list[str]:
    """Return the words of a command line with ``--json`` and its file as one word.

    ``--json`` alone prints to stdout. The word after it is its file only if it ends in .json, so
    that ``info --json data.h5`` does not take the data set for the file to write; every other name
    is given as ``--json=FILE``. Click itself would take any next word that is no option.
    """
    joined: list[str] = []
    rest = list(words)
    while rest:
        word = rest.pop(0)
        if word == "--":
            return [*joined, word, *rest]
        if word == "--json":
            follows = bool(rest) and rest[0].lower().endswith(".json")
            word = f"--json={rest.pop(0) if follows else STDOUT}"
        joined.append(word)
    return joined


JSON = click.option(
    "--json",
    "json_file",
    type=click.Path(path_type=Path),
    metavar="[FILE.json]",
    is_flag=False,
    flag_value=str(STDOUT),
    help="Print the result as JSON, or write it to this file.",
)
QUIET = click.option("--quiet", is_flag=True, help="Show no progress on stderr.")
FORCE = click.option("--force", is_flag=True, help="Overwrite existing output files.")
OUTPUT = options_group(OutputOptions, JSON, QUIET, FORCE, name="output")


def out_option(text: str, *, folder: bool = False, **attributes: Any) -> Decorator:
    """Return the option ``--out`` of a command that writes a file or a folder.

    Parameters
    ----------
    text
        What is written.
    folder
        Whether it is a folder.
    **attributes
        More attributes of `click.option`, such as ``required``.
    """
    return path_option("--out", text, metavar="FOLDER" if folder else "FILE", **attributes)


def path_option(
    name: str,
    text: str,
    *,
    parameter: str | None = None,
    metavar: str = "FILE",
    **attributes: Any,
) -> Decorator:
    """Return an option that is the path of a file or a folder.

    Parameters
    ----------
    name
        The option, such as ``--report``.
    text
        Its help.
    parameter
        The parameter of the command that it reaches. Default: that of the same name.
    metavar
        What the help shows for its value.
    **attributes
        More attributes of `click.option`, such as ``required``.
    """
    names = (name,) if parameter is None else (name, parameter)
    return click.option(
        *names, type=click.Path(path_type=Path), metavar=metavar, help=text, **attributes
    )


def seed_option(
    text: str = "Random seed.", *, default: int | None = 0, most: int | None = MOST
) -> Decorator:
    """Return the option ``--seed``.

    Parameters
    ----------
    text
        What is drawn with it.
    default
        The default; None where the command chooses one.
    most
        The greatest seed, by default what all libraries take; None where the command checks it.
    """
    return click.option(
        "--seed",
        type=int if most is None else click.IntRange(0, most),
        metavar="NUMBER",
        default=default,
        show_default=default is not None,
        help=text,
    )


SEED = seed_option()


def count_option(
    name: str, default: int, text: str, *, least: int | None = None, most: int | None = None
) -> Decorator:
    """Return an option that is a whole number.

    Parameters
    ----------
    name
        The option, such as ``--n``.
    default
        Its default.
    text
        Its help.
    least, most
        Its bounds. Without any the function behind the command checks the number.
    """
    bounded = least is not None or most is not None
    return click.option(
        name,
        type=click.IntRange(least, most) if bounded else int,
        default=default,
        show_default=True,
        help=text,
    )


def device_option(default: str, names: str = "cpu, cuda, cuda:1 or mps") -> Decorator:
    """Return the option ``--device`` of a command that runs networks."""
    return click.option(
        "--device",
        metavar="NAME",
        default=default,
        show_default=True,
        help=f"Device that computes: {names}.",
    )


DEVICE = device_option("cpu")


def _limit_threads(context: click.Context, option: click.Parameter, number: int | None) -> None:
    """Hold all libraries to a number of threads; most are not loaded yet and read variables."""
    if number is None:
        return
    for name in THREAD_VARIABLES:
        # numba starts its threads once, and refuses another number afterwards
        if name != "NUMBA_NUM_THREADS" or "numba" not in sys.modules:
            os.environ[name] = str(number)
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(number)


THREADS_HELP = "Number of threads.  [default: one for each processor]"
THREADS = click.option(
    "--threads",
    type=click.IntRange(1),
    metavar="NUMBER",
    expose_value=False,
    callback=_limit_threads,
    help=THREADS_HELP,
)
# of commands whose function takes the number itself
THREAD_COUNT = click.option(
    "--threads", type=click.IntRange(1), metavar="NUMBER", help=THREADS_HELP
)
