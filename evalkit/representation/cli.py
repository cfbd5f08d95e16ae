"""The command line of `evalkit probe`."""

import click

from evalkit.inputs.options import ImageOptions, images_group
from fractaldream_base.options import DEVICE, OUTPUT, THREADS, takes
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command
from fractaldream_models.pretrained import completed_checkpoints

from .options import PROBE, ProbeOptions

IMAGES = images_group("Images with labels.  [default: what the first model learned from]")


@command(
    epilog="\b\nExamples:\n"
    "  evalkit probe runs/bigan/ckpt.pt runs/vae/ckpt.pt --data mnist --root idx/\n"
    "  evalkit probe runs/clustergan/ckpt.pt --json probe.json\n"
    "  evalkit probe pretrained:vae-mnist --data mnist --root idx/ --part test"
)
@takes(
    click.argument(
        "specs", metavar="CKPT...", nargs=-1, required=True, shell_complete=completed_checkpoints
    ),
    IMAGES,
    PROBE,
    DEVICE,
    THREADS,
    OUTPUT,
)
def probe(
    specs: tuple[str, ...],
    images: ImageOptions,
    options: ProbeOptions,
    device: str,
    output: OutputOptions,
) -> None:
    """Read labels from the codes of held-out images.

    Prints the accuracy of a linear probe and of the nearest neighbour, and how k-means clusters of
    the codes agree with the labels: accuracy (Hungarian method), normalised mutual information and
    adjusted Rand index. PCA of the same size and pixels stand beside the models.

    The models need an encoder, and the data need labels: mnist, or one folder per class.
    """
    from evalkit.inputs.model import open_model

    from .evaluation import check_models, probe_images

    output.check()
    models = [open_model(spec, device=device) for spec in specs]
    check_models(models)
    views = [images.open(model) for model in models]
    result = probe_images(models, views, options, progress=output.progress)
    output.say(result.to_dict(), str(result))
