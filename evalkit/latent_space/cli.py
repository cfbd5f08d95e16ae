"""Commands that go to places in latent space: thin shells over functions of the same names.

How places are written stands in `anchors`.
"""

from pathlib import Path

import click

from evalkit.support.options import (
    CLASSIFIER,
    DATA,
    DEVICE,
    JSON,
    LABEL,
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
    "  evalkit interpolate runs/vae/ckpt.pt 3 5 --data mnist --root idx/ --out path.png\n"
    "  evalkit interpolate runs/vae/ckpt.pt row:3 row:8 --path spherical --animation path.gif\n"
    "  evalkit interpolate runs/dcgan/ckpt.pt random random random --classifier digits.pt"
)
@MODEL
@click.argument("places", metavar="PLACE...", nargs=-1, required=True)
@DATA
@click.option(
    "--path", type=click.Choice(["linear", "spherical"]), default="linear", show_default=True
)
@click.option("--steps", type=int, default=64, show_default=True, help="From place to place.")
@click.option("--shown", type=click.IntRange(2), default=16, show_default=True, help="In --out.")
@click.option("--out", type=click.Path(path_type=Path), help="Strip and curves (PNG).")
@click.option("--animation", type=click.Path(path_type=Path), help="There and back: .gif or .mp4.")
@click.option("--fps", type=click.IntRange(1, 50), default=25, show_default=True, help="Of it.")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(CLASSIFIER, LABEL, ROOT, PART, RESIZE, SEED, DEVICE, JSON)
def interpolate(
    spec: str,
    places: tuple[str, ...],
    data: str | None,
    path: str,
    steps: int,
    shown: int,
    out: Path | None,
    animation: Path | None,
    fps: int,
    latent: int | None,
    names: str | None,
    label: str | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
) -> None:
    """Follow a path through latent space from PLACE to PLACE.

    A PLACE is a class of the data (its mean latent), row:17 (an image of the data), an image file,
    z:NUMBER,... (a latent) or random. Printed: how fast the image changes, and where the
    classifier's answer turns.
    """
    import numpy as np

    from evalkit.errors import BadInput
    from evalkit.inputs.model import open_model
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places, write_bytes
    from evalkit.support.pictures import check_suffix

    from . import interpolation
    from .places import resolve

    check_places(out, animation, json_file)
    check_suffix(out, ".png")
    check_suffix(animation, ".gif", ".mp4")
    if len(places) < 2:
        raise BadInput(f"{places[0]}: one place makes no path; give two or more")
    if animation is not None and animation.suffix.lower() == ".mp4":
        interpolation.need_video(str(animation))
    model = open_model(spec, device=device, latent=latent)
    naming = None if names is None else load_classifier(names, device)
    source = opened(model, data, root=root, part=part, resize=resize)
    anchors = resolve(places, model, source, np.random.default_rng([seed, 0x1A7]), label=label)
    result = interpolation.interpolate(model, anchors, path=path, steps=steps, classifier=naming)
    if out is not None:
        write_bytes(out, interpolation.picture(result, shown=shown))
    if animation is not None:
        interpolation.animation(result, str(animation), fps=fps)
    say(result.to_dict(), interpolation.table(result), json_file)


@click.command(
    epilog="\b\nExamples:\n"
    '  evalkit arithmetic runs/vae/ckpt.pt "0 + 4 - 7" --data mnist --root idx/ --out sum.png\n'
    '  evalkit arithmetic runs/aae/ckpt.pt "row:3 + 0.5*row:8 - row:1" --data fdd64.h5'
)
@MODEL
@click.argument("expression")
@DATA
@click.option("--k", type=click.IntRange(1), default=8, show_default=True, help="Nearest images.")
@click.option("--out", type=click.Path(path_type=Path), help="Picture (PNG).")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(CLASSIFIER, LABEL, ROOT, PART, RESIZE, SEED, DEVICE, JSON)
def arithmetic(
    spec: str,
    expression: str,
    data: str | None,
    k: int,
    out: Path | None,
    latent: int | None,
    names: str | None,
    label: str | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
) -> None:
    """Add and subtract places in the latent space of CKPT, and decode the sum.

    EXPRESSION holds places with + or - and spaces between; 0.5*PLACE is half of one. A place is a
    class of the data (its mean latent), row:17 (an image of the data), an image file,
    z:NUMBER,... (a latent) or random.
    """
    import numpy as np

    from evalkit.inputs.model import open_model
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places
    from evalkit.support.pictures import check_suffix, write_png

    from . import expressions as sums

    check_places(out, json_file)
    check_suffix(out, ".png")
    sums.parse(expression)
    model = open_model(spec, device=device, latent=latent)
    naming = None if names is None else load_classifier(names, device)
    source = opened(model, data, root=root, part=part, resize=resize)
    rng = np.random.default_rng([seed, 0x5D3])
    result = sums.arithmetic(model, expression, source, rng, label=label, k=k, classifier=naming)
    if out is not None:
        write_png(out, sums.picture(result, source()))
    say(result.to_dict(), sums.table(result), json_file)


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit grid runs/vae/ckpt.pt --out grid.png\n"
    "  evalkit grid runs/vae/ckpt.pt --n 20 --quantiles --classifier digits.pt --out grid.png\n"
    "  evalkit grid runs/aae/ckpt.pt --plane anchors --through row:1 --through row:2 "
    "--through row:3 --out grid.png"
)
@MODEL
@click.option("--n", type=int, default=40, show_default=True, help="Decodings a side.")
@click.option(
    "--plane", "kind", type=click.Choice(["axes", "components", "anchors"]), show_default=True,
    default="axes", help="components and places need --data.",
)  # fmt: skip
@click.option("--axes", default="0,1", show_default=True, help="Right and up.")
@click.option("--through", multiple=True, metavar="PLACE", help="Three times, for anchors.")
@click.option("--reach", type=float, default=3.0, show_default=True, help="From -reach to reach.")
@click.option("--quantiles", is_flag=True, help="At quantiles of N(0, 1) instead.")
@DATA
@click.option("--out", type=click.Path(path_type=Path), help="Picture (PNG).")
@click.option("--latent", type=click.IntRange(1), help="Of a callable.  [default: its own, or 6]")
@options(CLASSIFIER, LABEL, ROOT, PART, RESIZE, SEED, DEVICE, JSON, QUIET)
def grid(
    spec: str,
    n: int,
    kind: str,
    axes: str,
    through: tuple[str, ...],
    reach: float,
    quantiles: bool,
    data: str | None,
    out: Path | None,
    latent: int | None,
    names: str | None,
    label: str | None,
    root: str | None,
    part: str | None,
    resize: bool,
    seed: int,
    device: str,
    json_file: Path | None,
    quiet: bool,
) -> None:
    """Decode a plane through the latent space of CKPT, n x n.

    Two axes, the first two principal components of the encoded data (in standard deviations), or
    through three places, which then lie at three corners. With a classifier, lines where its
    answer changes.
    """
    import numpy as np

    from evalkit.errors import BadInput
    from evalkit.inputs.model import open_model
    from evalkit.networks.classifier import load_classifier
    from evalkit.support.files import check_places
    from evalkit.support.pictures import check_suffix, write_png

    from . import plane as planes
    from .places import resolve

    check_places(out, json_file)
    check_suffix(out, ".png")
    if through and kind != "anchors":
        raise BadInput(f"--through: goes with --plane anchors, not {kind}")
    try:
        first, second = (int(word) for word in axes.split(","))
    except ValueError as error:
        raise BadInput(f"axes {axes!r}: give two numbers, 0,1") from error
    if kind == "anchors":
        at = planes.places(n, low=0.0, high=1.0)
    else:
        at = planes.places(n, low=-reach, high=reach, quantiles=quantiles)
    model = open_model(spec, device=device, latent=latent)
    planes.need_two(model)
    naming = None if names is None else load_classifier(names, device)
    source = opened(model, data, root=root, part=part, resize=resize)
    rng = np.random.default_rng([seed, 0x6A1])
    plane = planes.choose(
        model,
        kind,
        axes=(first, second),
        anchors=lambda: resolve(through, model, source, rng, label=label),
        data=source,
        label=label,
        progress=not quiet,
    )
    result = planes.grid(model, plane, at, classifier=naming, progress=not quiet)
    if out is not None:
        write_png(out, planes.picture(result))
    say(result.to_dict(), planes.table(result), json_file)


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
