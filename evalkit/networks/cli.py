"""The command line of `evalkit classifier`."""

from pathlib import Path

import click

from evalkit.inputs.options import PART, RESIZE, ROOT, ImageOptions
from fractaldream_base.options import (
    DEVICE,
    OUTPUT,
    SEED,
    THREADS,
    completed_data,
    count_option,
    options_group,
    out_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import ClassifierOptions

LABELLED = options_group(
    ImageOptions,
    click.argument("data", shell_complete=completed_data),
    ROOT,
    PART,
    RESIZE,
    name="images",
)
TRAINING = options_group(
    ClassifierOptions,
    count_option("--epochs", 8, "Number of passes over the data."),
    SEED,
)


@command(
    epilog="\b\nExamples:\n"
    "  evalkit classifier mnist --root idx/ --out digits.pt\n"
    "  evalkit classifier frames/ --epochs 20 --out names.pt"
)
@takes(
    LABELLED, out_option("Checkpoint to write.", required=True), TRAINING, DEVICE, THREADS, OUTPUT
)
def classifier(
    out: Path, images: ImageOptions, options: ClassifierOptions, device: str, output: OutputOptions
) -> None:
    """Train the small network that names images, on labelled DATA.

    DATA is mnist, fashion-mnist, or a folder of one folder per class. A tenth is held out; the
    accuracy on it is printed and stands in the file.
    """
    from .classifier_training import classifier

    output.check(out)
    labelled = images.open(None)
    result = classifier(labelled, out=out, options=options, device=device, progress=output.progress)
    output.say(result.to_dict(), str(result))
