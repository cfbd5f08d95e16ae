"""The command line of `evalkit neighbours`."""

from pathlib import Path

from evalkit.inputs.options import IMAGES, MODEL, ImageOptions, ModelOptions
from fractaldream_base.options import OUTPUT, count_option, out_option, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import FEATURES, NEIGHBOURS, NeighbourOptions


@command(
    epilog="\b\nExamples:\n"
    "  evalkit neighbours runs/aae/ckpt.pt --data fdd64.h5 --out neighbours.png\n"
    "  evalkit neighbours runs/vae/ckpt.pt --data mnist --root idx/ --json copying.json\n"
    "  evalkit neighbours mymodule:generate --data fdd64.h5"
)
@takes(
    MODEL,
    IMAGES,
    FEATURES,
    NEIGHBOURS,
    out_option("Picture (PNG) to write: generated images beside their nearest training images."),
    count_option("--rows", 10, "Number of generated images in the picture.", least=1),
    OUTPUT,
)
def neighbours(
    source: ModelOptions,
    images: ImageOptions,
    features: str,
    options: NeighbourOptions,
    out: Path | None,
    rows: int,
    output: OutputOptions,
) -> None:
    """Test whether CKPT has copied its training images.

    CKPT is a checkpoint, or module:callable (latents (N, L) in, images out). A small p-value means
    that generated images are too close to the training images.
    """
    from evalkit.support.pictures import check_suffix, save_picture

    from . import nearest_images
    from .contact_sheet import draw_sheet

    output.check(out)
    check_suffix(out, ".png")
    model = source.open()
    data = images.open(model)
    result = nearest_images.neighbours(
        model, data, options=options, features=features, progress=output.progress
    )
    if out is not None:
        save_picture(out, draw_sheet(result, data, rows=rows))
    output.say(result.to_dict(), str(result))
