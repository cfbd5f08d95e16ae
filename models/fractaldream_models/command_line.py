"""What the command lines of this package share: groups of options, and errors as one line."""

import functools
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import click

from . import kinds
from .training.options import TrainOptions

Decorator = Callable[..., Any]

HELP = {"help_option_names": ["-h", "--help"]}
PRESETS = sorted(p.stem for p in (Path(__file__).parent / "preset_files").glob("*.toml"))


class _Refused(click.ClickException):
    """One line on stderr, exit status 2."""

    exit_code = 2


def one_line(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command end with one line and status 2 where its input cannot be used."""

    @functools.wraps(function)
    def command(**arguments: Any) -> None:
        from .errors import BadInput, Elsewhere

        try:
            function(**arguments)
        except Elsewhere:
            sys.exit(2)
        except BadInput as error:
            raise _Refused(str(error)) from None
        except OSError as error:
            if error.filename is None:
                raise
            raise _Refused(f"{error.filename}: {error.strerror}") from None
        except KeyboardInterrupt:
            if not follows():
                click.echo("interrupted: what is complete is kept", err=True)
            sys.exit(130)

    return command


def follows() -> bool:
    """Return whether this is one of several processes, and not the first, which reports for all."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) != "0"


def print_json(result: Any) -> None:
    """Print a result as JSON."""
    import dataclasses
    import json

    click.echo(json.dumps(dataclasses.asdict(result), indent=1))


def collected(name: str, kind: Callable[..., Any], *options: Decorator) -> Decorator:
    """Return a decorator that adds options to a command, which get there as one object.

    Parameters
    ----------
    name
        The parameter of the command.
    kind
        The frozen dataclass whose fields the options fill.
    options
        Click's decorators, in the order in which the help shows them.
    """

    def decorate(function: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(function)
        def command(**arguments: Any) -> None:
            names = [f.name for f in fields(kind) if f.name in arguments]  # type: ignore[arg-type]
            together = kind(**{n: arguments.pop(n) for n in names})
            function(**arguments, **{name: together})

        decorated: Callable[..., None] = command
        for option in reversed(options):
            decorated = option(decorated)
        return decorated

    return decorate


@dataclass(frozen=True)
class SettingsArguments:
    """The settings that a command line names.

    Attributes
    ----------
    preset
        Name of a preset.
    kind, epochs, paired_weight
        Settings that have an option of their own; None where it was not given.
    changes
        Texts KEY=VALUE.
    """

    preset: str | None = None
    kind: str | None = None
    changes: tuple[str, ...] = ()
    epochs: int | None = None
    paired_weight: float | None = None

    def mapping(self) -> dict[str, Any]:
        """Return the named settings, still as text. Raises BadInput."""
        from .errors import BadInput

        named: dict[str, Any] = {}
        if self.kind is not None:
            named["kind"] = self.kind
        for change in self.changes:
            key, equals, value = change.partition("=")
            if not equals:
                raise BadInput(f"--set {change}: write key=value")
            named[key.strip()] = value.strip()
        for key in ("epochs", "paired_weight"):
            if (number := getattr(self, key)) is not None:
                named[key] = number
        return named


PRESET = click.option(
    "--preset", metavar="NAME", help=f"Settings of a published experiment: {', '.join(PRESETS)}."
)
KIND = click.option("--kind", help=f"Kind of model, without a preset: {', '.join(kinds.names())}.")
SET = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", help="Value of a setting."
)
EPOCHS = click.option("--epochs", type=int, help="Passes over the data.")
ROOT = click.option(
    "--root", type=click.Path(), help="Folder that holds MNIST's IDX files, gzip or not."
)
DEVICE = click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda or mps.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")
JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")

SETTINGS = collected("named", SettingsArguments, PRESET, KIND, SET, EPOCHS)
TRAIN_SETTINGS = collected(
    "named", SettingsArguments, PRESET, KIND, SET, EPOCHS,
    click.option(
        "--paired-weight", type=float, help="Weight of MSE(image, G(its parameters))."
    ),
)  # fmt: skip
TRAINING = collected(
    "options", TrainOptions,
    click.option(
        "--seed", type=click.IntRange(0),
        help="Random seed.  [default: 0, or that of the resumed run]",
    ),
    ROOT,
    DEVICE,
    click.option(
        "--devices", type=click.IntRange(1),
        help="Number of processes.  [default: 1, or torchrun's]",
    ),
    click.option(
        "--strategy", default="auto", show_default=True,
        help="How several processes work together: auto or ddp.",
    ),
    click.option(
        "--workers", type=click.IntRange(0), default=1, show_default=True,
        help="Processes beside each that render live data.",
    ),
    click.option("--precision", default="auto", show_default=True, help="auto, 32 or bf16."),
    click.option(
        "--resume", is_flag=True,
        help="Go on from the last complete epoch; epochs and learning rates may change.",
    ),
)  # fmt: skip
