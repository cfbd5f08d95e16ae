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


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit neighbours runs/aae/ckpt.pt --data fdd64.h5 --out neighbours.png\n"
    "  evalkit neighbours runs/vae/ckpt.pt --data mnist --root idx/ --json copying.json\n"
    "  evalkit neighbours mymodule:generate --data fdd64.h5"
)
@MODEL
@click.option("--data", help="What it learnt from.  [default: as recorded]")
@click.option("--n", type=int, default=2000, show_default=True, help="Generated images.")
@click.option("--k", type=int, default=5, show_default=True, help="Neighbours.")
@click.option(
    "--features", default="pixels", show_default=True, metavar="NAME",
    help="pixels, encoder, a classifier or a checkpoint.",
)  # fmt: skip
@click.option(
    "--refine", type=int, default=32, show_default=True,
    help="Images looked for in the whole Fractal Dream family.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Picture (PNG).")
@click.option("--rows", type=click.IntRange(1), default=10, show_default=True, help="Of it.")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def neighbours(
    spec: str,
    data: str | None,
    n: int,
    k: int,
    features: str,
    refine: int,
    out: Path | None,
    rows: int,
    latent: int | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Has the generator CKPT copied its training images?

    CKPT is a checkpoint, or module:callable (latents (N, L) in, images out). Small p: generated
    images are too close to the training images.
    """
    from . import neighbours as looking
    from .features import open_features
    from .files import check_places
    from .latent import open_images, open_model
    from .pictures import check_suffix, write_png

    check_places(out, json_file)
    check_suffix(out, ".png")
    model = open_model(spec, device=device, latent=latent)
    images = open_images(data, model, root=root, part=part, resize=resize)
    result = looking.neighbours(
        model,
        images,
        open_features(features, model),
        n=n,
        k=k,
        refine=refine,
        seed=seed,
        progress=not quiet,
    )
    if out is not None:
        write_png(out, looking.picture(result, images, rows=rows))
    say(result.to_dict(), looking.table(result), json_file)
