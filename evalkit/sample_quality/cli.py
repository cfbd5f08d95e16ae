"""The command line of `evalkit quality`."""

from pathlib import Path

from evalkit.inputs.options import IMAGES, MODEL, ImageOptions, ModelOptions
from fractaldream_base.options import OUTPUT, out_option, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import QUALITY, QualityOptions

OUT = out_option("Picture (PNG) to write: distances, outputs of D, and shares of the classes.")


@command(
    epilog="\b\nExamples:\n"
    "  evalkit quality runs/vae/ckpt.pt --classifier digits.pt --root idx/\n"
    "  evalkit quality runs/dcgan/ckpt.pt --data fdd64.h5 --out quality.png --json quality.json\n"
    "  evalkit quality runs/dcgan/ckpt.pt --weights weights-inception-2015-12-05-6726825d.pth"
)
@takes(MODEL, IMAGES, QUALITY, OUT, OUTPUT)
def quality(
    source: ModelOptions,
    images: ImageOptions,
    options: QualityOptions,
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Measure the fidelity and diversity of images that CKPT makes.

    The figures are distances to images that the model never saw (on features of our own, and with
    --weights FID, KID and Inception score), the accuracy of a network that is trained to tell them
    apart, diversity, coverage of the classes, and the outputs of the discriminator. CKPT is a
    checkpoint, or module:callable together with --data.
    """
    from evalkit.support.figures import check_png, write_figure

    from .evaluation import quality as measure
    from .inception import check_weights

    output.check(out)
    check_png(out)
    check_weights(options.weights, options.download)
    model = source.open()
    result = measure(
        model, images.open(model), options=options, device=source.device, progress=output.progress
    )
    if out is not None:
        write_figure(result.plot(), out)
    output.say(result.to_dict(), str(result))
