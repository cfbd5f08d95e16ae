"""Command lines of the latent space: shells over the functions of the same names."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from evalkit.inputs.options import CLASSIFIER, IMAGES, MODEL, ImageOptions, ModelOptions
from fractaldream_base.options import (
    OUTPUT,
    Decorator,
    count_option,
    options_group,
    out_option,
    path_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import command

from .options import (
    ARITHMETIC,
    GRID,
    INTERPOLATION,
    PROJECTION,
    ArithmeticOptions,
    GridOptions,
    InterpolationOptions,
    ProjectionOptions,
)

if TYPE_CHECKING:
    from .picture_result import PictureResult


def _picture(default: str) -> Decorator:
    return out_option(f"Picture (PNG) to write.  [default: {default}, or the next free name]")


GRID_PICTURE, MAP_PICTURE, SUM_PICTURE = "grid.png", "map.png", "arithmetic.png"
PATH_PICTURE = "path.png"


@dataclass(frozen=True)
class PathPictures:
    """Pictures of a path: the files, and what they show."""

    shown: int
    out: Path | None
    animation: Path | None
    fps: int


PATH_PICTURES = options_group(
    PathPictures,
    count_option("--shown", 16, "Number of images in --out.", least=2),
    _picture(PATH_PICTURE),
    path_option("--animation", "Animation to write, there and back (.gif or .mp4)."),
    count_option("--fps", 25, "Frames per second of --animation.", least=1, most=50),
    name="pictures",
)  # fmt: skip


def _write_picture(
    function: "Callable[..., PictureResult]",
    source: ModelOptions,
    images: ImageOptions,
    options: object,
    classifier: str | None,
    picture: Path,
    output: OutputOptions,
) -> None:
    """Call a function on a model and on images that are opened when needed; write the result."""
    model = source.open()
    result = function(
        model, data=images.when_needed(model), classifier=classifier, options=options,
        device=source.device, progress=output.progress,
    )  # fmt: skip
    result.save(picture)
    output.say({**result.to_dict(), "out": picture}, f"{result}\npicture: {picture}")


def _picture_file(out: Path | None, default: str, output: OutputOptions) -> Path:
    """Return the picture to write; refuse it before the work begins. Raises BadInput."""
    from evalkit.support.pictures import check_suffix

    check_suffix(out, ".png")
    return output.file(out, default)


@command(
    epilog="\b\nExamples:\n"
    "  evalkit interpolate runs/vae/ckpt.pt 3 5 --data mnist --root idx/ --out path.png\n"
    "  evalkit interpolate runs/vae/ckpt.pt row:3 row:8 --path spherical --animation path.gif\n"
    "  evalkit interpolate runs/dcgan/ckpt.pt random random random --classifier digits.pt"
)
@takes(
    MODEL, click.argument("places", metavar="PLACE...", nargs=-1, required=True), IMAGES,
    INTERPOLATION, CLASSIFIER, PATH_PICTURES, OUTPUT,
)  # fmt: skip
def interpolate(
    source: ModelOptions,
    places: tuple[str, ...],
    images: ImageOptions,
    options: InterpolationOptions,
    classifier: str | None,
    pictures: PathPictures,
    output: OutputOptions,
) -> None:
    """Follow a path through latent space from PLACE to PLACE.

    A PLACE is a class of the data (its mean latent), row:17 (an image of the data), an image file,
    z:NUMBER,... (a latent) or random. The command prints how fast the image changes, and where the
    classifier's answer turns.
    """
    from . import interpolation
    from .animation import check_animation, write_animation

    picture = _picture_file(pictures.out, PATH_PICTURE, output)
    output.check(pictures.animation)
    check_animation(pictures.animation)
    interpolation.check(places, options)
    model = source.open()
    result = interpolation.interpolate(
        model, places, images.when_needed(model), classifier=classifier, options=options,
        device=source.device, progress=output.progress,
    )  # fmt: skip
    result.save(picture, shown=pictures.shown)
    more = ""
    if pictures.animation is not None:
        write_animation(result.images, pictures.animation, fps=pictures.fps)
        more = f"\nanimation: {pictures.animation}"
    output.say({**result.to_dict(), "out": picture}, f"{result}\npicture: {picture}{more}")


@command(
    epilog="\b\nExamples:\n"
    '  evalkit arithmetic runs/vae/ckpt.pt "0 + 4 - 7" --data mnist --root idx/ --out sum.png\n'
    '  evalkit arithmetic runs/aae/ckpt.pt "row:3 + 0.5*row:8 - row:1" --data fdd64.h5'
)
@takes(
    MODEL, click.argument("expression"), IMAGES, ARITHMETIC, CLASSIFIER, _picture(SUM_PICTURE),
    OUTPUT,
)  # fmt: skip
def arithmetic(
    source: ModelOptions,
    expression: str,
    images: ImageOptions,
    options: ArithmeticOptions,
    classifier: str | None,
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Add and subtract places of a latent space; decode the sum.

    EXPRESSION holds places with + or - and spaces between; 0.5*PLACE is half of one. A place is a
    class of the data (its mean latent), row:17 (an image of the data), an image file,
    z:NUMBER,... (a latent) or random.
    """
    from . import expressions, terms

    terms.parse(expression)
    picture = _picture_file(out, SUM_PICTURE, output)
    function = functools.partial(expressions.arithmetic, expression=expression)
    _write_picture(function, source, images, options, classifier, picture, output)


@command(
    epilog="\b\nExamples:\n"
    "  evalkit grid runs/vae/ckpt.pt --out grid.png\n"
    "  evalkit grid runs/vae/ckpt.pt --n 20 --quantiles --classifier digits.pt --out grid.png\n"
    "  evalkit grid runs/aae/ckpt.pt --plane places --through row:1 --through row:2 "
    "--through row:3 --out grid.png"
)
@takes(MODEL, GRID, IMAGES, CLASSIFIER, _picture(GRID_PICTURE), OUTPUT)
def grid(
    source: ModelOptions,
    options: GridOptions,
    images: ImageOptions,
    classifier: str | None,
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Decode a plane through the latent space of CKPT, n x n.

    The plane is spanned by two axes, by the first two principal components of the encoded data
    (in standard deviations), or by three places, which then lie at three corners. With
    --classifier, lines show where its answer changes.
    """
    from . import plane_grid

    plane_grid.side_of(options)
    picture = _picture_file(out, GRID_PICTURE, output)
    _write_picture(plane_grid.grid, source, images, options, classifier, picture, output)


@command(
    epilog="\b\nExamples:\n"
    "  evalkit project runs/vae/ckpt.pt --data mnist --root idx/ --out map.png\n"
    "  evalkit project runs/aae/ckpt.pt --data fdd64.h5 --colour a --magnitude --out map.png\n"
    "  evalkit project runs/dcgan/ckpt.pt --samples --classifier digits.pt --out map.png"
)
@takes(MODEL, IMAGES, PROJECTION, CLASSIFIER, _picture(MAP_PICTURE), OUTPUT)
def project(
    source: ModelOptions,
    images: ImageOptions,
    options: ProjectionOptions,
    classifier: str | None,
    out: Path | None,
    output: OutputOptions,
) -> None:
    """Map the latent space of CKPT in two dimensions.

    The map shows encoded data (training and held-out images), or samples named by a classifier.
    The printed figures say how far each map can be trusted.
    """
    from . import projection

    projection.check(options)
    picture = _picture_file(out, MAP_PICTURE, output)
    _write_picture(projection.project, source, images, options, classifier, picture, output)
