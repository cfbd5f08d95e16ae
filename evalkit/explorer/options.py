"""Options of the page; a light module, so that `--help` need not load numpy."""

from dataclasses import dataclass

from fractaldream_base.seeds import Seeded


@dataclass(frozen=True)
class ExploreOptions(Seeded):
    """Options of the page.

    grid is the number of images along a plane's side. planes are the planes, in the words of
    `GridOptions`: axes:0,1, components or places:ROW,ROW,ROW (default: what there is). points is
    the number of images on the map, and projection its method: pca, tsne or umap. mapping takes v
    to Fractal Dream's parameters (standard, 2019 or fdd). label is the class that a conditional
    model decodes at first; seed draws the points.
    """

    grid: int = 40
    planes: tuple[str, ...] = ()
    points: int = 1000
    projection: str = "pca"
    mapping: str = "standard"
    label: str | None = None
    seed: int = 0
