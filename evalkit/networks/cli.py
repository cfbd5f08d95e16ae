"""The command line of `evalkit classifier`."""

from pathlib import Path

import click

from evalkit.support.options import DEVICE, JSON, PART, QUIET, RESIZE, ROOT, SEED, options, say


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit classifier mnist --root idx/ --out digits.pt\n"
    "  evalkit classifier frames/ --epochs 20 --out names.pt"
)
@click.argument("data")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The checkpoint.")
@click.option("--epochs", type=int, default=8, show_default=True, help="Passes over the data.")
@options(ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def classifier(
    data: str,
    out: Path,
    epochs: int,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Train the small network that names images, on labelled DATA.

    DATA is mnist, fashion-mnist, or a folder of one folder per class. A tenth is held out; the
    accuracy on it is printed and stands in the file.
    """
    from evalkit.inputs.images import open_images
    from evalkit.networks.classifier import save_classifier, train_classifier
    from evalkit.support.files import check_places

    check_places(out, json_file)
    images = open_images(data, root=root, part=part, resize=resize)
    trained = train_classifier(images, epochs=epochs, seed=seed, device=device, progress=not quiet)
    save_classifier(trained, out)
    m = trained.metrics
    text = (
        f"{out}: {len(trained.labels)} classes, learnt on {m['train']:,} images\n"
        f"  held out ({m['held_out']:,}): accuracy {m['accuracy']:.2%}, "
        f"{m['log_loss']:.4f} nats"
    )
    say({"checkpoint": str(out), "labels": trained.labels, **m}, text, json_file)
