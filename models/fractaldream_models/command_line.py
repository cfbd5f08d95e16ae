"""Code that this package's command lines share: groups of options, and the report of errors."""

import functools
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from fractaldream_base.options import DEVICE as COMPUTES
from fractaldream_base.options import (
    SEED,
    completed_data,
    count_option,
    device_option,
    options_group,
    seed_option,
)

from . import kinds
from .evaluation.options import TranslateOptions
from .pretrained import completed_checkpoints, pretrained_names
from .training.options import TrainOptions

PRESETS = sorted(p.stem for p in (Path(__file__).parent / "preset_files").glob("*.toml"))

RESUMED = ("train", "run")  # commands that go on where they were interrupted


def one_line(function: Callable[..., None]) -> Callable[..., None]:
    """Let a command of several processes say once why it ends, and what an interrupt keeps."""

    @functools.wraps(function)
    def command(**arguments: Any) -> None:
        from .errors import Elsewhere

        try:
            function(**arguments)
        except Elsewhere:  # rank 0 says it
            sys.exit(2)
        except KeyboardInterrupt:
            if not follows():
                consequence = ": what is complete is kept" if function.__name__ in RESUMED else ""
                click.echo(f"fractaldream: interrupted{consequence}", err=True)
            sys.exit(130)

    return command


def follows() -> bool:
    """Return whether this is one of several processes, and not the first, which reports for all."""
    return os.environ.get("RANK", os.environ.get("LOCAL_RANK", "0")) != "0"


@dataclass(frozen=True)
class SettingsArguments:
    """The settings that a command line names.

    Attributes
    ----------
    preset
        Name of a preset.
    kind, epochs, paired_weight, paired_share, matched_pairs
        Settings that have an option of their own; None where it was not given.
    changes
        Texts KEY=VALUE.
    """

    preset: str | None = None
    kind: str | None = None
    changes: tuple[str, ...] = ()
    epochs: int | None = None
    paired_weight: float | None = None
    paired_share: float | None = None
    matched_pairs: str | None = None

    def mapping(self) -> dict[str, Any]:
        """Return the named settings, still as text. Raises BadInput."""
        from fractaldream_base.errors import BadInput

        named: dict[str, Any] = {}
        if self.kind is not None:
            named["kind"] = self.kind
        for change in self.changes:
            key, equals, value = change.partition("=")
            if not equals:
                raise BadInput(f"--set {change}: write key=value")
            named[key.strip()] = value.strip()
        for key in ("epochs", "paired_weight", "paired_share", "matched_pairs"):
            if (value := getattr(self, key)) is not None:
                named[key] = value
        return named


@dataclass(frozen=True)
class DrawnSamples:
    """The samples that a command line asks for.

    Attributes
    ----------
    n, seed, label, truncation
        As `evaluation.sampling.sample` takes them.
    """

    n: int = 64
    seed: int = 0
    label: int | None = None
    truncation: float | None = None


def _beginning(names: Sequence[str], incomplete: str) -> list[str]:
    return [name for name in names if name.startswith(incomplete)]


def completed_presets(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the presets that a shell completes the word to."""
    return _beginning(PRESETS, incomplete)


def completed_kinds(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the kinds that a shell completes the word to."""
    return _beginning(kinds.names(), incomplete)


def completed_pretrained(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """Return the pretrained checkpoints that a shell completes the word to."""
    return _beginning(pretrained_names(), incomplete)


def _completed_settings(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    from dataclasses import fields

    from .settings import Settings

    return _beginning([f"{f.name}=" for f in fields(Settings)], incomplete)


CHECKPOINT = click.argument(
    "checkpoint", type=click.Path(), metavar="CKPT", shell_complete=completed_checkpoints
)
DATA = click.argument("data", shell_complete=completed_data)
PRESET = click.option(
    "--preset", metavar="NAME", shell_complete=completed_presets,
    help="Name of a preset; `fractaldream presets` lists them.",
)  # fmt: skip
KIND = click.option(
    "--kind", metavar="NAME", shell_complete=completed_kinds,
    help=f"Kind of model, without a preset: {', '.join(kinds.names())}.  [default: aae]",
)  # fmt: skip
SET = click.option(
    "--set", "changes", multiple=True, metavar="KEY=VALUE", shell_complete=_completed_settings,
    help="Value of a setting; `fractaldream settings` lists them.",
)  # fmt: skip
EPOCHS = click.option("--epochs", type=int, help="Number of passes over the data.")
ROOT = click.option(
    "--root", type=click.Path(), metavar="FOLDER",
    help="Folder that holds MNIST's IDX files, gzip or not.",
)  # fmt: skip
SECOND = click.option(
    "--second", metavar="DATA", shell_complete=completed_data,
    help="Second data set, for kinds that learn from two, such as cyclegan.",
)  # fmt: skip
DRAWN = options_group(
    DrawnSamples,
    count_option("--n", 64, "Number of samples.", least=1),
    SEED,
    click.option(
        "--label", type=int,
        help="Label of all samples of a conditional kind.  [default: all in turn]",
    ),
    click.option(
        "--truncation", type=float, metavar="T",
        help="Largest absolute value of a latent: lower is more faithful and less diverse.  "
        "[default: none]",
    ),
    name="drawn",
)  # fmt: skip
DEVICE = device_option("auto", "auto, cpu, cuda or mps")

SETTINGS = options_group(SettingsArguments, PRESET, KIND, SET, EPOCHS, name="named")
TRAIN_SETTINGS = options_group(
    SettingsArguments,
    PRESET,
    KIND,
    SET,
    EPOCHS,
    click.option(
        "--paired-weight",
        type=float,
        help="Weight of the paired loss, MSE(image, G(its parameters)).  [default: 0]",
    ),
    click.option(
        "--paired-share",
        type=float,
        help="Share of the training images that come with their parameters.  [default: 1]",
    ),
    click.option(
        "--matched-pairs",
        type=click.Choice(["which", "number"]),
        help="Knowledge of the model about the parameters that images 2i and 2i + 1 share: which "
        "they are, or only their number.  [default: nothing]",
    ),
    name="named",
)  # fmt: skip
THREADS = click.option(
    "--threads", type=click.IntRange(1), metavar="NUMBER",
    help="Number of threads.  [default: one for each idle processor]",
)  # fmt: skip
TRAINING = options_group(
    TrainOptions,
    seed_option("Random seed.  [default: 0, or that of the resumed run]", default=None),
    ROOT,
    SECOND,
    DEVICE,
    click.option(
        "--devices", type=click.IntRange(1), metavar="NUMBER",
        help="Number of processes that share each batch.  [default: 1, or torchrun's]",
    ),
    click.option(
        "--strategy", metavar="NAME", default="auto", show_default=True,
        help="Strategy of several processes: auto or ddp.",
    ),
    click.option(
        "--workers", type=click.IntRange(0), metavar="NUMBER", default=1, show_default=True,
        help="Number of processes that render live data, beside each training process.",
    ),
    click.option(
        "--precision", metavar="NAME", default="auto", show_default=True,
        help="Precision of floating-point numbers: auto, 32 or bf16.",
    ),
    THREADS,
    click.option(
        "--resume", is_flag=True,
        help="Go on from the last complete epoch; epochs and learning rates may change.",
    ),
)  # fmt: skip
TRANSLATION = options_group(
    TranslateOptions,
    click.option(
        "--domain", metavar="NAME",
        help="Domain of the images.  [default: that of DATA in the training]",
    ),
    click.option(
        "--truth", metavar="DATA", shell_complete=completed_data,
        help="Data set of the true translations, row by row.",
    ),
    click.option(
        "--n", type=click.IntRange(1), metavar="NUMBER",
        help="Number of images, the first ones.  [default: all]",
    ),
    ROOT,
    COMPUTES,
)  # fmt: skip
