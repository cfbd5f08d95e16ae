"""The command line of `evalkit disentangle`."""

from pathlib import Path

import click

from evalkit.inputs.options import CKPT, RESIZE, ImageOptions, ModelOptions
from fractaldream_base.options import (
    DEVICE,
    OUTPUT,
    THREADS,
    options_group,
    out_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import DISENTANGLE, DisentangleOptions

MODEL = options_group(
    ModelOptions, CKPT, DEVICE, THREADS, name="source"
)  # a callable has no encoder
DATA = click.option(
    "--data", metavar="FILE", help="Data set file with /params.  [default: as recorded]"
)
IMAGES = options_group(ImageOptions, DATA, RESIZE, name="images")
OUT = out_option("Picture (PNG) to write: which latent stands for which factor.")


@command(
    epilog="\b\nExamples:\n"
    "  evalkit disentangle runs/vae/ckpt.pt --data fdd64.h5\n"
    "  evalkit disentangle runs/aae/ckpt.pt --data normal64.h5 --fold picture --json scores.json"
)
@takes(MODEL, IMAGES, DISENTANGLE, OUT, OUTPUT)
def disentangle(
    source: ModelOptions,
    images: ImageOptions,
    options: DisentangleOptions,
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Measure whether each latent stands for one true parameter.

    The scores are MIG, SAP, DCI and FactorVAE's score; each is printed with its 95% interval and
    with the score of chance (the codes of other images).

    The model needs an encoder, and the data need known parameters. For a Fractal Dream file the
    command renders fresh images by the law of the file.
    """
    from evalkit.support.figures import check_png, write_figure

    from .evaluation import disentangle as measure

    output.check(out)
    check_png(out)
    model = source.open()
    model.need_encoder("disentanglement")
    result = measure(model, images.open(model), options=options, progress=output.progress)
    if out is not None:
        write_figure(result.plot(), out)
    output.say(result.to_dict(), str(result))
