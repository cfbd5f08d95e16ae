"""What the functions of this room can be asked; light, so that `--help` need not load numpy."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

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
    """How the path goes.

    path is linear or spherical; steps is the number of frames from place to place. label is the
    class that a conditional model decodes all places with (default: of each its own); seed draws
    random places.
    """

    path: str = "linear"
    steps: int = 64
    label: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class ArithmeticOptions(Seeded):
    """How the sum is decoded and compared.

    k is the number of nearest training images. label is the class that a conditional model decodes
    the sum with (default: that of the first term); seed draws random places.
    """

    k: int = 8
    label: str | None = None
    seed: int = 0


@dataclass(frozen=True)
class GridOptions(Seeded):
    """Which plane is decoded, and at how many coordinates.

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


@dataclass(frozen=True)
class ProjectionOptions(Seeded):
    """Which points are mapped, and how.

    n is the number of points at most; methods are pca, tsne and umap. colour is ``label`` or a
    parameter, and magnitude takes its absolute value. With samples, latents from N(0, I) are
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
