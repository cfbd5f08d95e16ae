"""Commands that look at many images at once: thin shells over functions of the same names."""

from pathlib import Path

import click

from evalkit.support.options import (
    DATA,
    DEVICE,
    JSON,
    MODEL,
    PART,
    QUIET,
    RESIZE,
    ROOT,
    SEED,
    opened,
    options,
    say,
)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit neighbours runs/aae/ckpt.pt --data fdd64.h5 --out neighbours.png\n"
    "  evalkit neighbours runs/vae/ckpt.pt --data mnist --root idx/ --json copying.json\n"
    "  evalkit neighbours mymodule:generate --data fdd64.h5"
)
@MODEL
@DATA
@click.option("--n", type=int, default=2000, show_default=True, help="Generated images.")
@click.option("--k", type=int, default=5, show_default=True, help="Neighbours.")
@click.option(
    "--features", default="pixels", show_default=True, metavar="NAME",
    help="pixels, encoder, a classifier or a checkpoint.",
)  # fmt: skip
@click.option(
    "--refine", type=click.IntRange(0), default=32, show_default=True,
    help="Images looked for in the whole Fractal Dream family.",
)  # fmt: skip
@click.option("--out", type=click.Path(path_type=Path), help="Picture (PNG).")
@click.option("--rows", type=click.IntRange(1), default=10, show_default=True, help="Of it.")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def neighbours(
    spec: str,
    data: str | None,
    n: int,
    k: int,
    features: str,
    refine: int,
    out: Path | None,
    rows: int,
    latent: int | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Has the generator CKPT copied its training images?

    CKPT is a checkpoint, or module:callable (latents (N, L) in, images out). Small p: generated
    images are too close to the training images.
    """
    from evalkit.inputs.model import open_model
    from evalkit.networks.features import open_features
    from evalkit.support.files import check_places
    from evalkit.support.pictures import check_suffix, write_png

    from . import nearest_images as looking

    check_places(out, json_file)
    check_suffix(out, ".png")
    model = open_model(spec, device=device, latent=latent)
    images = opened(model, data, root=root, part=part, resize=resize)()
    result = looking.neighbours(
        model,
        images,
        open_features(features, model),
        n=n,
        k=k,
        refine=refine,
        seed=seed,
        progress=not quiet,
    )
    if out is not None:
        write_png(out, looking.picture(result, images, rows=rows))
    say(result.to_dict(), looking.table(result), json_file)
