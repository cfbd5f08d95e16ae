"""evalkit explore: a shell over the function of the same name and the server."""

from dataclasses import dataclass
from pathlib import Path

import click

from evalkit.inputs.options import (
    CLASSIFIER,
    LABEL,
    MODEL,
    ImageOptions,
    ModelOptions,
    images_group,
)
from fractaldream_base.options import (
    OUTPUT,
    SEED,
    count_option,
    options_group,
    path_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import ExploreOptions

SHOWN_IMAGES = images_group(
    "Data set file, image folder, mnist or fashion-mnist.  [default: show samples]"
)
PAGE = options_group(
    ExploreOptions,
    count_option("--grid", 40, "Number of images along a plane's side."),
    click.option(
        "--plane", "planes", multiple=True, metavar="PLANE",
        help="Plane to show: axes:0,1, components, or places:ROW,ROW,ROW; may be given again.  "
        "[default: what there is]",
    ),
    count_option("--points", 1000, "Number of images on the map, of the data or samples."),
    click.option(
        "--projection", type=click.Choice(["pca", "tsne", "umap"]), default="pca",
        show_default=True, help="Method of the map.",
    ),
    click.option(
        "--map", "mapping", type=click.Choice(["standard", "2019", "fdd"]),
        default="standard", show_default=True,
        help="Map from standardised parameters v to parameters, as in correspond.",
    ),
    LABEL,
    SEED,
)  # fmt: skip


@dataclass(frozen=True)
class ServerOptions:
    """Options of the server: where it listens, and whether a browser is opened."""

    port: int
    address: str
    origins: tuple[str, ...]
    opens: bool


SERVER = options_group(
    ServerOptions,
    count_option(
        "--port", 5006, "Port of the server; 0 for any free one.", least=0, most=65535
    ),
    click.option(
        "--address", default="127.0.0.1", show_default=True,
        help="Address to listen on; others than this machine's own let other machines in.",
    ),
    click.option(
        "--origin", "origins", multiple=True, metavar="HOST:PORT",
        help="Address under which browsers reach the server, such as that of a tunnel.",
    ),
    click.option(
        "--open/--no-open", "opens", default=True, show_default=True,
        help="Open a browser window.",
    ),
    name="server",
)  # fmt: skip


@command(
    epilog="\b\nExamples:\n"
    "  evalkit explore runs/aae/ckpt.pt --data fdd64.h5\n"
    "  evalkit explore runs/vae/ckpt.pt --data mnist --root idx/ --classifier digits.pt\n"
    "  evalkit explore runs/aae/ckpt.pt --data fdd64.h5 --static look.html\n"
    "  evalkit explore runs/vae/ckpt.pt --plane axes:3,7 --plane places:12,40,81"
)
@takes(
    MODEL, SHOWN_IMAGES, CLASSIFIER,
    path_option("--static", "Write the page as one file, and start no server.", metavar="OUT.html"),
    PAGE, SERVER, OUTPUT,
)  # fmt: skip
def explore(
    source: ModelOptions,
    images: ImageOptions,
    classifier: str | None,
    static: Path | None,
    options: ExploreOptions,
    server: ServerOptions,
    output: OutputOptions,
) -> None:
    """Explore the latent space of CKPT in the browser.

    The page shows planes of decoded images, a map of the data with their reconstructions and the
    paths between them, and for Fractal Dream data six sliders with the true attractor beside the
    model's image. The server listens on this machine only; --static writes one file that needs no
    server. CKPT may also be module:callable.
    """
    output.check(static)
    from . import exploration
    from .content import check
    from .server import check_origins, check_port, open_browser, serve

    check(options)
    check_origins(server.origins)
    if static is None:
        check_port(server.port, server.address)
    model = source.open()
    content = exploration.explore(
        model,
        None if images.data is None else images.open(model),
        classifier=classifier,
        static=static,
        options=options,
        device=source.device,
        progress=output.progress,
    )
    if static is not None:
        size = static.stat().st_size
        text = f"{static}: {size / 1e6:.1f} MB, opens in any browser"
        output.say({"static": static, "bytes": size}, text)
        return

    def ready(url: str) -> None:
        output.say({"url": url}, f"{url}   (Ctrl-C ends it)")
        if server.opens and not open_browser(url):
            click.echo("evalkit explore: no browser found here; open the address above", err=True)

    serve(content, port=server.port, address=server.address, origins=server.origins, ready=ready)
