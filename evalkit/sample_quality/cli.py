"""evalkit disentangle, quality and compare: thin shells over functions of this package."""

from dataclasses import asdict
from pathlib import Path

import click

from evalkit.support.options import (
    CLASSIFIER,
    DEVICE,
    JSON,
    MODEL,
    PART,
    QUIET,
    RESIZE,
    ROOT,
    SEED,
    options,
    say,
)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit quality runs/vae/ckpt.pt --classifier digits.pt --root idx/\n"
    "  evalkit quality runs/dcgan/ckpt.pt --data fdd64.h5 --out quality.png --json quality.json\n"
    "  evalkit quality runs/dcgan/ckpt.pt --weights weights-inception-2015-12-05-6726825d.pth"
)
@MODEL
@click.option("--data", help="What it learnt from.  [default: as recorded]")
@click.option("--n", type=int, default=2000, show_default=True, help="Images of each, at most.")
@click.option(
    "--weights", type=click.Path(), help="InceptionV3 of torch-fidelity: FID, KID, Inception score."
)
@click.option("--download", is_flag=True, help="Allow fetching these weights.")
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    help="Picture (PNG): D(x), D(G(z)); shares of classes.",
)
@click.option("--latent", type=click.IntRange(1), help="L of a module:callable.")
@options(CLASSIFIER, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def quality(
    spec: str,
    data: str | None,
    n: int,
    names: str | None,
    weights: str | None,
    download: bool,
    out: Path | None,
    latent: int | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """How good and how varied are the images that CKPT makes?

    Distances to images it never saw, on features of our own and, with --weights, FID, KID and
    Inception score; diversity; coverage of the classes; what its D says. CKPT is a checkpoint, or
    module:callable together with --data.
    """
    from evalkit.inputs.images import open_images
    from evalkit.inputs.model import open_model
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places

    from .evaluation import quality as measured
    from .figures import check_png, quality_figure, write_figure
    from .inception import check_weights
    from .report import quality_table

    check_places(json_file, out)
    check_png(out)
    check_weights(weights, download)
    model = open_model(spec, device=device, latent=latent)
    images = open_images(data, model, root=root, part=part, resize=resize)
    named = None if names is None else load_classifier(names, device)
    result = measured(
        model, images, n=n, classifier=named, classifier_name=names or "",
        weights=weights, download=download, seed=seed, progress=not quiet,
    )  # fmt: skip
    if out is not None:
        write_figure(quality_figure(result), out)
    say(asdict(result), quality_table(result), json_file)
