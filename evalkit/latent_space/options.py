"""Options of the functions of this room; light, so that `--help` need not load numpy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from evalkit.inputs.options import LABEL
from fractaldream_base.errors import BadInput
from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded

if TYPE_CHECKING:
    from .places import Place

REACH = 3.0  # planes of axes and components are shown from -REACH to REACH
PERPLEXITY = 30.0  # of t-SNE
PATHS = ("linear", "spherical")
PLANES = ("axes", "components", "places")
METHODS = ("pca", "tsne", "umap")


@dataclass(frozen=True)
class InterpolationOptions(Seeded):
    """Options of the path.

    path is linear or spherical; steps is the number of frames from place to place. label is the
    class that a conditional model decodes all places with (default: of each its own); seed draws
    random places.
    """

    path: str = "linear"
    steps: int = 64
    label: str | None = None
    seed: int = 0


INTERPOLATION = options_group(
    InterpolationOptions,
    click.option(
        "--path", type=click.Choice(PATHS), default="linear", show_default=True,
        help="Path from place to place: a straight line, or the great circle.",
    ),
    count_option("--steps", 64, "Number of frames from place to place."),
    LABEL,
    SEED,
)  # fmt: skip


@dataclass(frozen=True)
class ArithmeticOptions(Seeded):
    """Options of the decoding and the comparison of the sum.

    k is the number of nearest training images. label is the class that a conditional model decodes
    the sum with (default: that of the first term); seed draws random places.
    """

    k: int = 8
    label: str | None = None
    seed: int = 0


ARITHMETIC = options_group(
    ArithmeticOptions,
    count_option("--k", 8, "Number of nearest training images.", least=1),
    LABEL,
    SEED,
)  # fmt: skip


def _axes(ctx: click.Context, parameter: click.Parameter, value: str) -> tuple[int, int]:
    try:
        first, second = (int(word) for word in value.split(","))
    except ValueError as error:
        raise BadInput(f"axes {value!r}: give two numbers, 0,1") from error
    return first, second


@dataclass(frozen=True)
class GridOptions(Seeded):
    """Options that set which plane is decoded, and at how many coordinates.

    n is the number of images a side. plane is axes, components or places: two latents (`axes`),
    the first two principal components of the encoded training images, or through three places
    (`through`). Coordinates are even from -reach to reach, or with quantiles those of N(0, 1); a
    plane through places has coordinates from 0 to 1. label is the class that a conditional model
    decodes with; seed draws random places.
    """

    n: int = 40
    plane: str = "axes"
    axes: tuple[int, int] = (0, 1)
    through: "tuple[str | Place, ...]" = ()
    reach: float = REACH
    quantiles: bool = False
    label: str | None = None
    seed: int = 0


GRID = options_group(
    GridOptions,
    count_option("--n", 40, "Number of images a side."),
    click.option(
        "--plane", type=click.Choice(PLANES), default="axes",
        show_default=True,
        help="Plane: two axes, principal components of the data, or through three places.",
    ),
    click.option(
        "--axes", metavar="I,J", default="0,1", show_default=True, callback=_axes,
        help="Latents to the right and up, counted from 0.",
    ),
    click.option(
        "--through", multiple=True, metavar="PLACE",
        help="Place for --plane places; give three: lower left, lower right, upper left.",
    ),
    click.option(
        "--reach", type=float, default=REACH, show_default=True,
        help="Bound of the coordinates, from -reach to reach.",
    ),
    click.option(
        "--quantiles", is_flag=True, help="Place the coordinates at quantiles of N(0, 1)."
    ),
    LABEL,
    SEED,
)  # fmt: skip


@dataclass(frozen=True)
class ProjectionOptions(Seeded):
    """Options that set which points are mapped, and how.

    n is the number of points at most; methods are pca, tsne and umap. colour is ``label`` or a
    parameter, and magnitude takes its absolute value. With samples, draws from the prior are
    mapped in place of encoded images, and a classifier names them. seed draws the points and
    starts the methods.
    """

    n: int = 6400
    methods: tuple[str, ...] = ("pca", "tsne")
    perplexity: float = PERPLEXITY
    colour: str | None = None
    magnitude: bool = False
    samples: bool = False
    seed: int = 0


PROJECTION = options_group(
    ProjectionOptions,
    count_option("--n", 6400, "Number of points, at most.", least=1),
    click.option(
        "--method", "methods", multiple=True, type=click.Choice(METHODS),
        default=("pca", "tsne"), show_default=True,
        help="Method of the map; may be given again.",
    ),
    click.option(
        "--perplexity", type=float, default=PERPLEXITY, show_default=True,
        help="Perplexity of t-SNE.",
    ),
    click.option(
        "--colour", metavar="NAME",
        help="Colour of the points: label, or a parameter.  [default: label, else a]",
    ),
    click.option(
        "--magnitude", is_flag=True, help="Colour by the absolute value of the parameter."
    ),
    click.option(
        "--samples", is_flag=True, help="Map latents of samples, named by --classifier."
    ),
    SEED,
)  # fmt: skip
