"""The command line of `evalkit disentangle`."""

from pathlib import Path

import click

from evalkit.inputs.options import CKPT, RESIZE, ImageOptions, ModelOptions
from evalkit.support.options import DEVICE, OUTPUT, Group, OutputOptions, takes

from .options import DISENTANGLE, DisentangleOptions

MODEL = Group("source", ModelOptions, (CKPT, DEVICE))  # a callable has no encoder
DATA = click.option("--data", help="Data set file with /params.  [default: as recorded]")
IMAGES = Group("images", ImageOptions, (DATA, RESIZE))
OUT = click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Picture (PNG): which latent stands for which factor.",
)


@click.command(
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
    """Does each latent of CKPT stand for one true parameter? MIG, SAP, DCI, FactorVAE's score.

    Needs a model with an encoder and images whose parameters are known. Of a Fractal Dream file
    fresh images are rendered by its own law. Each score stands with its 95% interval and with
    what codes of other images score.
    """
    from evalkit.support.figures import check_png, write_figure
    from evalkit.support.files import check_places

    from .evaluation import disentangle as measure
    from .figures import importance_figure

    check_places(output.json_file, out)
    check_png(out)
    model = source.open()
    model.need_encoder("disentanglement")
    result = measure(model, images.open(model), options=options, progress=output.progress)
    if out is not None:
        write_figure(importance_figure(result), out)
    output.say(result.to_dict(), str(result))
