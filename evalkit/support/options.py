"""Options that several commands share, and how they print."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet
    from evalkit.inputs.model import LatentModel

MODEL = click.argument("spec", metavar="CKPT")
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Results; - for stdout."
)
ROOT = click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files.")
PART = click.option("--part", type=click.Choice(["train", "test"]), help="Of MNIST.")
RESIZE = click.option("--resize", is_flag=True, help="Allow images of another size.")
DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
SEEDS = click.IntRange(0, 2**32 - 1)  # what all the libraries take
SEED = click.option("--seed", type=SEEDS, default=0, show_default=True, help="Of all draws.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")


def options(*several: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one decorator, in this order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(several):
            command = option(command)
        return command

    return decorate


CLASSIFIER = click.option(
    "--classifier", "names", type=click.Path(), help="What names the images: evalkit classifier."
)
DATA = click.option("--data", help="Data set.  [default: as recorded in CKPT]")
LABEL = click.option("--label", help="What a conditional kind decodes with.")


def opened(
    model: "LatentModel", source: str | None, *, root: str | None, part: str | None, resize: bool
) -> "Callable[[], ImageSet]":
    """The data, opened when first asked for."""
    from functools import cache

    from evalkit.inputs.images import open_images

    return cache(lambda: open_images(source, model, root=root, part=part, resize=resize))


def say(value: dict[str, Any], text: str, json_file: Path | None) -> None:
    """The table on stdout and the JSON in its file; with -, the JSON alone on stdout."""
    import json

    from .files import plain, write_json

    if json_file is not None and str(json_file) == "-":
        click.echo(json.dumps(plain(value), indent=1, allow_nan=False))
        return
    click.echo(text)
    if json_file is not None:
        write_json(json_file, value)
