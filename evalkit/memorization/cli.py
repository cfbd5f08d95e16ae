"""Commands that look at many images at once: thin shells over functions of the same names."""

from pathlib import Path

import click

from evalkit.support.options import (
    CLASSIFIER,
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
    "  evalkit classifier mnist --root idx/ --out digits.pt\n"
    "  evalkit classifier frames/ --epochs 20 --out names.pt"
)
@click.argument("data")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="The checkpoint.")
@click.option("--epochs", type=int, default=8, show_default=True, help="Passes over the data.")
@options(ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def classifier(
    data: str,
    out: Path,
    epochs: int,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Train the small network that names images, on labelled DATA.

    DATA is mnist, fashion-mnist, or a folder of one folder per class. A tenth is held out; the
    accuracy on it is printed and stands in the file.
    """
    from evalkit.inputs.model import open_images
    from evalkit.networks.classifier import save_classifier, train_classifier
    from evalkit.support.files import check_places

    check_places(out, json_file)
    images = open_images(data, root=root, part=part, resize=resize)
    trained = train_classifier(images, epochs=epochs, seed=seed, device=device, progress=not quiet)
    save_classifier(trained, out)
    m = trained.metrics
    text = (
        f"{out}: {len(trained.labels)} classes, learnt on {m['train']:,} images\n"
        f"  held out ({m['held_out']:,}): accuracy {m['accuracy']:.2%}, "
        f"{m['log_loss']:.4f} nats"
    )
    say({"checkpoint": str(out), "labels": trained.labels, **m}, text, json_file)


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


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit project runs/vae/ckpt.pt --data mnist --root idx/ --out map.png\n"
    "  evalkit project runs/aae/ckpt.pt --data fdd64.h5 --colour a --magnitude --out map.png\n"
    "  evalkit project runs/dcgan/ckpt.pt --samples --classifier digits.pt --out map.png"
)
@MODEL
@DATA
@click.option(
    "--n", type=click.IntRange(1), default=6400, show_default=True, help="Points, at most."
)
@click.option(
    "--method", "methods", multiple=True, type=click.Choice(["pca", "tsne", "umap"]),
    default=("pca", "tsne"), show_default=True, help="Once for each map.",
)  # fmt: skip
@click.option("--perplexity", type=float, default=30.0, show_default=True, help="Of t-SNE.")
@click.option("--colour", help="label, or a parameter.  [default: label, else a]")
@click.option("--magnitude", is_flag=True, help="Colour by the parameter without its sign.")
@click.option("--samples", is_flag=True, help="Map latents, named by --classifier.")
@click.option("--out", type=click.Path(path_type=Path), help="Picture (PNG).")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(CLASSIFIER, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def project(
    spec: str,
    data: str | None,
    n: int,
    methods: tuple[str, ...],
    perplexity: float,
    colour: str | None,
    magnitude: bool,
    samples: bool,
    out: Path | None,
    latent: int | None,
    names: str | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Map the latent space of CKPT in two dimensions.

    Encoded data (training and held-out images), or samples named by a classifier; with figures by
    which maps can be compared.
    """
    import numpy as np

    from evalkit.errors import BadInput
    from evalkit.inputs.model import open_model
    from evalkit.latent_space import projection
    from evalkit.support.files import check_places, write_bytes
    from evalkit.support.pictures import check_suffix

    check_places(out, json_file)
    check_suffix(out, ".png")
    if "umap" in methods:
        projection.need_umap()
    model = open_model(spec, device=device, latent=latent)
    rng = np.random.default_rng([seed, 0x3A9])
    if samples:
        if names is None:
            raise BadInput("--samples: nothing names them; give --classifier FILE")
        from evalkit.networks.classifier import load_classifier

        points = projection.sampled(
            model, load_classifier(names, device), n, rng, progress=not quiet
        )
    else:
        model.need_encoder("a map of encoded data (--samples maps latents)")
        images = opened(model, data, root=root, part=part, resize=resize)()
        points = projection.encoded(
            model, images, n, rng, colour=colour, magnitude=magnitude, progress=not quiet
        )
    result = projection.project(
        points,
        model=model.name,
        methods=tuple(dict.fromkeys(methods)),
        perplexity=perplexity,
        seed=seed,
        progress=not quiet,
    )
    if out is not None:
        write_bytes(out, projection.picture(result))
    say(result.to_dict(), projection.table(result), json_file)
