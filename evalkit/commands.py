"""The commands that look into a latent space: thin shells over functions of the same names."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

MODEL = click.argument("spec", metavar="CKPT")
JSON = click.option(
    "--json", "json_file", type=click.Path(path_type=Path), help="Results; - for stdout."
)
ROOT = click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files.")
PART = click.option("--part", type=click.Choice(["train", "test"]), help="Of MNIST.")
RESIZE = click.option("--resize", is_flag=True, help="Allow images of another size.")
DEVICE = click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
SEED = click.option("--seed", type=int, default=0, show_default=True, help="Of all draws.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")


def options(*several: Callable[..., Any]) -> Callable[..., Any]:
    """Several options as one decorator, in this order."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(several):
            command = option(command)
        return command

    return decorate


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


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit classifier mnist --root idx/ --out digits.pt\n"
    "  evalkit classifier frames/ --epochs 20 --out names.pt"
)
@click.argument("data")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The checkpoint.")
@click.option("--epochs", type=int, default=8, show_default=True, help="Passes over the data.")
@options(ROOT, PART, SEED, DEVICE, JSON, QUIET)
def classifier(
    data: str,
    out: Path,
    epochs: int,
    root: str | None,
    part: str | None,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Train the small network that names images, on labelled DATA.

    DATA is mnist, fashion-mnist, or a folder of one folder per class. A tenth is held out; the
    accuracy on it is printed and stands in the file.
    """
    from .classifier import save_classifier, train_classifier
    from .files import check_places
    from .latent import open_images

    check_places(out, json_file)
    images = open_images(data, root=root, part=part)
    trained = train_classifier(images, epochs=epochs, seed=seed, device=device, progress=not quiet)
    save_classifier(trained, out)
    m = trained.metrics
    text = (
        f"{out}: {len(trained.labels)} classes, learnt on {m['train']:,} images\n"
        f"  held out ({m['held_out']:,}): accuracy {m['accuracy']:.2%}, "
        f"{m['log_loss']:.4f} nats"
    )
    say({"checkpoint": str(out), "labels": trained.labels, **m}, text, json_file)
