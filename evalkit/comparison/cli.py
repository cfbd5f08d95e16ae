"""The command line of `evalkit compare`."""

from pathlib import Path

import click

from evalkit.inputs.options import REPORT, ImageOptions, images_group
from fractaldream_base.options import (
    DEVICE,
    OUTPUT,
    THREADS,
    out_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command
from fractaldream_models.pretrained import completed_checkpoints

from .options import COMPARE, CompareOptions

IMAGES = images_group("Data to compare on.  [default: what all of them learned from]")


@command(
    epilog="\b\nExamples:\n"
    "  evalkit compare runs/vae-* runs/dcgan --classifier digits.pt --report compare.html\n"
    "  evalkit compare runs/vae runs/aae --data fdd64.h5 --n 1000 --json compare.json\n"
    "  evalkit compare runs/* --without copying --without disentanglement"
)
@takes(
    click.argument(
        "runs", metavar="RUN...", nargs=-1, required=True, shell_complete=completed_checkpoints
    ),
    IMAGES,
    COMPARE,
    REPORT,
    out_option("Picture (PNG) to write: the figures by latent size."),
    DEVICE,
    THREADS,
    OUTPUT,
)
def compare(
    runs: tuple[str, ...],
    images: ImageOptions,
    options: CompareOptions,
    report: Path | None,
    out: Path | None,
    device: str,
    output: OutputOptions,
) -> None:
    """Compare several models, one row each.

    The columns are reconstruction, quality, classes, copying and disentanglement.

    RUN is a folder of fractaldream train, a checkpoint or pretrained:NAME. Rows are kept in
    RUN/measures.json: a comparison that was interrupted, or gets one more run, goes on from there.
    """
    from evalkit.support.figures import check_png, write_figure

    from .evaluation import compare as measure
    from .figures import size_figure
    from .page import write_page

    output.check(report, out)
    check_png(out)
    result = measure(runs, images, options=options, device=device, progress=output.progress)
    if report is not None:
        write_page(result, report)
    if out is not None:
        write_figure(size_figure(result.rows), out)
    output.say(result.to_dict(), str(result))
