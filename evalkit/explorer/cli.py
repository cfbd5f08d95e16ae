"""evalkit explore: a thin shell over content, server and file."""

from pathlib import Path

import click

from evalkit.support.options import SEEDS


@click.command(
    epilog="\b\nExamples:\n"
    "  evalkit explore runs/aae/ckpt.pt --data fdd64.h5\n"
    "  evalkit explore runs/vae/ckpt.pt --data mnist --root idx/ --classifier digits.pt\n"
    "  evalkit explore runs/aae/ckpt.pt --data fdd64.h5 --static look.html\n"
    "  evalkit explore runs/vae/ckpt.pt --plane axes:3,7 --plane anchors:12,40,81"
)
@click.argument("checkpoint", metavar="CKPT")
@click.option("--data", metavar="FILE", help="Dataset file, image folder, mnist or fashion-mnist.")
@click.option("--root", type=click.Path(), help="Folder that holds MNIST's IDX files.")
@click.option("--resize", is_flag=True, help="Bring the data to the model's size.")
@click.option(
    "--classifier", type=click.Path(), metavar="CLS.pt", help="Names images: classes and borders."
)
@click.option(
    "--static", type=click.Path(path_type=Path), metavar="OUT.html", help="Write one file and stop."
)
@click.option(
    "--grid", type=int, default=40, show_default=True, help="Images along a plane's side."
)
@click.option(
    "--plane", "planes", multiple=True, metavar="PLANE",
    help="axes:0,1, pc, or anchors:ROW,ROW,ROW; again for more.  [default: what there is]",
)  # fmt: skip
@click.option(
    "--points", type=int, default=1000, show_default=True, help="Data, or samples, shown."
)
@click.option(
    "--projection", type=click.Choice(["pca", "tsne", "umap"]), default="pca", show_default=True
)
@click.option(
    "--map", "mapping", type=click.Choice(["standard", "2019", "fdd"]), default="standard",
    show_default=True, help="Of v to Fractal Dream's parameters, as in correspond.",
)  # fmt: skip
@click.option("--label", help="That a conditional model is told at first.")
@click.option("--seed", type=SEEDS, default=0, show_default=True, help="Which data are shown.")
@click.option("--device", default="cpu", show_default=True, help="cpu or cuda.")
@click.option("--port", type=click.IntRange(0, 65535), default=5006, show_default=True)
@click.option(
    "--address", default="127.0.0.1", show_default=True,
    help="To listen on; other machines can come where it is not this one's own.",
)  # fmt: skip
@click.option(
    "--origin", "origins", multiple=True, metavar="HOST:PORT", help="Browsers come by it."
)
@click.option("--open/--no-open", "opens", default=True, help="A window of the browser.  [open]")
@click.option("--quiet", is_flag=True, help="No progress on stderr.")
def explore(
    checkpoint: str,
    data: str | None,
    root: str | None,
    resize: bool,
    classifier: str | None,
    static: Path | None,
    grid: int,
    planes: tuple[str, ...],
    points: int,
    projection: str,
    mapping: str,
    label: str | None,
    seed: int,
    device: str,
    port: int,
    address: str,
    origins: tuple[str, ...],
    opens: bool,
    quiet: bool,
) -> None:
    """A page in the browser to look into the latent space of CKPT.

    Planes whose images were decoded beforehand, the data on a map with their reconstructions and
    the paths between them, and for Fractal Dream six sliders with the true attractor beside the
    model's image. The server listens on this machine only; --static writes one file that needs no
    server. CKPT may also be module:callable.
    """
    from evalkit.support.files import check_places

    check_places(static)
    from evalkit.inputs.images import open_images
    from evalkit.inputs.model import open_model

    from .content import Settings, check, prepare
    from .server import check_port, open_browser, serve
    from .static import write_static

    settings = Settings(grid, points, projection, mapping, label, seed)
    check(settings)
    if static is None:
        check_port(port, address)
    model = open_model(checkpoint, device=device)
    if label is not None:
        model.label(label)
    images = None
    if data is not None:
        images = open_images(data, model, root=root, resize=resize)
    namer = None
    if classifier is not None:
        from evalkit.networks.classifier import load_classifier

        namer = load_classifier(classifier, device)
    content = prepare(model, images, namer, settings, planes, progress=not quiet)
    if static is not None:
        size = write_static(content, static)
        click.echo(f"{static}: {size / 1e6:.1f} MB, opens in any browser")
        return

    def ready(url: str) -> None:
        click.echo(f"{url}   (Ctrl-C ends it)")
        if opens and not open_browser(url):
            click.echo("evalkit explore: no browser found here; open the address above", err=True)

    serve(content, port=port, address=address, origins=origins, ready=ready)
