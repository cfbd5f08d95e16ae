"""Programs and commands: how they parse, how they end, and what `--version` prints."""

import _thread
import contextlib
import errno
import functools
import importlib.metadata
import io
import os
import platform
import sys
import threading
from collections.abc import Iterator
from typing import Any

import click

from .errors import BadInput
from .options import joined_json

VERSIONS = ("torch", "numpy", "numba", "h5py")  # what results depend on, and files are read with
AFTER_CALLBACK = 0.05  # seconds until a lost interrupt is repeated


class Command(click.Command):
    """A command whose ``--json`` takes a file or none, and that knows -h."""

    def __init__(self, name: str | None = None, **attributes: Any) -> None:
        super().__init__(name, **_with_help(attributes))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Parse the words of a command line."""
        return super().parse_args(ctx, joined_json(args))

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; an error that leaves it bears its name, for `exits`."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if line_of(error) is not None:
                vars(error).setdefault("command_path", ctx.command_path)
            raise


class Program(click.Group):
    """A group of such commands."""

    command_class = Command
    group_class = type  # groups inside are programs as well

    def __init__(self, name: str | None = None, **attributes: Any) -> None:
        super().__init__(name, **_with_help(attributes))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command of a name; the error for an unknown one names the nearest command."""
        import difflib  # for errors alone: `--help` stays quick

        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            near = difflib.get_close_matches(name, self.list_commands(ctx), 1)
            if near and not ctx.resilient_parsing:
                ctx.fail(f"No such command '{name}'. Did you mean '{near[0]}'?")
        return super().resolve_command(ctx, args)


command = functools.partial(click.command, cls=Command)


def _with_help(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes of a command, to which -h belongs as well as --help."""
    settings = attributes.get("context_settings") or {}
    names = {"help_option_names": ["-h", "--help"]}
    return {**attributes, "context_settings": {**names, **settings}}


def versions() -> dict[str, str | None]:
    """Return the versions of Python and of what results depend on; None: not installed.

    The packages are not imported.
    """
    numbers: dict[str, str | None] = {
        "fractaldream": importlib.metadata.version("fractaldream"),
        "python": platform.python_version(),
    }
    return numbers | {name: installed_version(name) for name in VERSIONS}


def installed_version(name: str) -> str | None:
    """Return the version of a distribution, which is not imported; None: not installed."""
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return None


def _print_versions(context: click.Context, option: click.Parameter, given: bool) -> None:
    if not given or context.resilient_parsing:
        return
    program, numbers = context.find_root().info_name, versions()
    click.echo(f"{program} {numbers.pop('fractaldream')}")
    python = f"{numbers.pop('python')} ({platform.system()} {platform.machine()})"
    for name, version in {"python": python, **numbers}.items():
        click.echo(f"  {name:6} {version or 'not installed'}")
    context.exit()


VERSION = click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_print_versions,
    help="Show the versions of the program and of what its results depend on, and exit.",
)


@contextlib.contextmanager
def _lost_interrupts_repeated() -> Iterator[None]:
    """Interrupt the program again where Python could only report an interrupt.

    Python reports a KeyboardInterrupt in a finaliser, or in a callback such as those that end each
    import, and goes on: Ctrl-C at such a moment would be lost.
    """
    report = sys.unraisablehook

    def repeat(unraisable: "sys.UnraisableHookArgs") -> None:
        if not issubclass(unraisable.exc_type, KeyboardInterrupt):
            report(unraisable)
            return
        later = threading.Timer(AFTER_CALLBACK, _thread.interrupt_main)  # not in the callback
        later.daemon = True
        later.start()

    sys.unraisablehook = repeat
    try:
        yield
    finally:
        sys.unraisablehook = report


@contextlib.contextmanager
def exits(program: str) -> Iterator[None]:
    """End the program in one line where something is wrong that a user can mend.

    The exit status is 2, or 130 after Ctrl-C, or 1 where the reader of stdout has left. Errors of
    the program itself pass.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # file names may be no text
    try:
        with _lost_interrupts_repeated():
            yield
        if sys.stdout is not None:  # closed by whoever began this
            sys.stdout.flush()  # what it goes to may be full
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt) as stop:
        if isinstance(stop.__cause__, EOFError):  # click takes any for an interrupt
            raise stop.__cause__ from None
        click.echo(f"{program}: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        context = getattr(error, "ctx", None)
        message = " ".join(line.strip() for line in error.format_message().splitlines())
        click.echo(f"{context.command_path if context else program}: {message}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        _forget_stdout()
        sys.exit(1)
    except Exception as error:
        if (line := line_of(error)) is None:
            raise
        if isinstance(error, OSError):
            _forget_stdout()
        click.echo(f"{vars(error).get('command_path', program)}: {line}", err=True)
        sys.exit(2)


def line_of(error: Exception) -> str | None:
    """Return what a user reads of an error, on one line; None for errors of the program itself."""
    if isinstance(error, BadInput):
        return " ".join(str(error).splitlines())
    if isinstance(error, MemoryError):
        return "not enough memory; ask for fewer or smaller images"
    if not isinstance(error, OSError):
        return None
    if error.filename is not None:
        name = os.fsencode(error.filename).decode("utf-8", "backslashreplace")
        return f"{' '.join(name.splitlines())}: {(error.strerror or 'unusable').lower()}"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "the disk, or what stdout goes to, is full; free some space"
    return None


def _forget_stdout() -> None:
    """Let what is not yet written go nowhere, or Python would fail on it again at its end."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
