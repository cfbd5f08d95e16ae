"""The command line of `evalkit classifier`."""

from pathlib import Path

import click

from evalkit.inputs.options import PART, RESIZE, ROOT, ImageOptions
from evalkit.support.options import DEVICE, OUTPUT, SEED, Group, OutputOptions, takes

from .options import ClassifierOptions

LABELLED = Group("images", ImageOptions, (click.argument("data"), ROOT, PART, RESIZE))
TRAINING = Group(
    "options",
    ClassifierOptions,
    (
        click.option(
            "--epochs", type=int, default=8, show_default=True, help="Passes over the data."
        ),
        SEED,
    ),
)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit classifier mnist --root idx/ --out digits.pt\n"
    "  evalkit classifier frames/ --epochs 20 --out names.pt"
)
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Checkpoint to write.")
@takes(LABELLED, TRAINING, DEVICE, OUTPUT)
def classifier(
    out: Path, images: ImageOptions, options: ClassifierOptions, device: str, output: OutputOptions
) -> None:
    """Train the small network that names images, on labelled DATA.

    DATA is mnist, fashion-mnist, or a folder of one folder per class. A tenth is held out; the
    accuracy on it is printed and stands in the file.
    """
    from evalkit.support.files import check_places

    from .classifier_training import classifier

    check_places(out, output.json_file)
    labelled = images.open(None)
    result = classifier(labelled, out=out, options=options, device=device, progress=output.progress)
    output.say(result.to_dict(), str(result))
