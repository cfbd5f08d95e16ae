"""Project a latent space to two dimensions: encoded images, or samples that have names."""

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from evalkit.inputs.model import ModelSource
from evalkit.networks.classifier import ClassifierSource
from evalkit.support.captions import short_names
from evalkit.support.docstrings import shared_parameters
from fractaldream.datasets.notebook import Table, TableColumn
from fractaldream_base.errors import BadInput

from .maps import (
    NEIGHBOURS,
    MapFigures,
    chance_of,
    check_method,
    figures_of,
    need_umap,
    project_to_plane,
)
from .options import ProjectionOptions
from .picture_result import PictureResult
from .places import Images, open_space
from .points import Points, encoded_points, sampled_points

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

CROWD = 20  # classes above which names are written smaller
TRUSTED = 0.9  # trustworthiness below which distances on a map mislead
STREAM = 0x3A9  # of the seed: draws of this command are its own
# Petroff (2021), told apart by colour-blind readers; each class bears its name as well
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


@dataclass(frozen=True)
class ProjectionResult(PictureResult):
    """Maps (N, 2) by method, and the figures of each and of the latents themselves.

    chance is the purity of a map that knows nothing.
    """

    model: str
    points: Points
    maps: dict[str, np.ndarray]
    figures: dict[str, MapFigures]
    chance: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        p = self.points
        values = np.array(p.classes)[p.values] if p.classes else p.values
        return {
            "model": self.model,
            "points": p.description,
            "n": len(p.z),
            "colour": p.colour,
            "neighbours": NEIGHBOURS,
            "figures": {name: asdict(figures) for name, figures in self.figures.items()},
            "purity_by_chance": self.chance,
            "rows": p.rows,
            "values": values,
            "maps": self.maps,
        }

    @property
    def measure(self) -> str:
        """Return the name of purity: purity of classes, R2 of a number."""
        return "purity" if self.points.classes else "R2"

    def table(self) -> Table:
        """Return how well each map keeps the neighbours."""
        p = self.points
        columns = ("trustworthiness", self.measure, *(("silhouette",) if p.classes else ()))
        rows = ((n, f.trustworthiness, f.purity, f.silhouette) for n, f in self.figures.items())
        return Table(
            f"{self.model}: {p.description}, coloured by {p.colour}",
            (TableColumn("map"), *(TableColumn(name, "", "higher") for name in columns)),
            tuple(row[: 1 + len(columns)] for row in rows),
            self._notes(),
        )

    def _notes(self) -> tuple[str, ...]:
        """Return what the figures mean, and what they do not say by themselves."""
        agreement = (
            f"Purity: share of the {NEIGHBOURS} nearest points that are of the same class; chance "
            f"gives {self.chance:.3f}. Silhouette: how far the classes lie apart (-1 to 1)."
            if self.points.classes
            else f"R2: share of the variance of {self.points.colour} that is predicted by the mean "
            f"of the {NEIGHBOURS} nearest points (1: all of it); chance gives {self.chance:.3f}."
        )
        notes = [
            "Trustworthiness: whether neighbours on the map are neighbours in the latent space (1: "
            f"all are). {agreement}",
        ]
        vague = [name for name, f in self.figures.items()
                 if f.trustworthiness is not None and f.trustworthiness < TRUSTED]  # fmt: skip
        if vague:
            notes.append(
                f"Neighbours on the map of {', '.join(vague)} are often far apart in the latent "
                "space: do not read distances from it."
            )
        if {"tsne", "umap"} & self.maps.keys():
            notes.append("On maps of tsne and umap the distances between groups mean nothing.")
        overlap = self.figures["latents"].silhouette
        if overlap is not None and overlap < 0:
            notes.append(
                f"The classes overlap in the latent space (silhouette {overlap:.3f}), and no map "
                "separates what the latents do not."
            )
        return tuple(notes)

    def plot(self) -> "Figure":
        """Draw the maps side by side, with their figures."""
        from evalkit.support.figures import new_figure

        p, count = self.points, len(self.maps)
        width = 5.2 * count + (0 if p.classes else 0.6)
        figure, subplots = new_figure(1, count, (width, 5.6))
        panels = subplots[0]
        for axes, (name, at) in zip(panels, self.maps.items(), strict=True):
            scatter = _draw_points(axes, at, p)
            f = self.figures[name]
            parts = [f"trustworthiness {f.trustworthiness:.3f}", f"{self.measure} {f.purity:.3f}"]
            if f.silhouette is not None:
                parts.append(f"silhouette {f.silhouette:.3f}")
            axes.set_title(f"{name}\n{', '.join(parts)}", fontsize=9)
            axes.set(xticks=[], yticks=[], xlabel=f"first of {name}", ylabel=f"second of {name}")
        if scatter is not None:
            figure.colorbar(scatter, ax=list(panels), label=p.colour, shrink=0.8)
        return figure


def _draw_points(axes: "Axes", at: np.ndarray, points: Points) -> Any:
    """Draw one map; return the scatter whose colours need a bar, None where classes have names."""
    from matplotlib import patheffects

    dots: dict[str, Any] = {"s": 4 if len(points.z) > 2000 else 9, "lw": 0, "alpha": 0.8}
    if not points.classes:
        x, y = at.T
        return axes.scatter(x, y, c=points.values, cmap="viridis", **dots)
    members = {k: at[points.values == k] for k in np.unique(points.values)}
    for k, where in members.items():
        axes.scatter(*where.T, color=COLOURS[k % len(COLOURS)], label=points.classes[k], **dots)
    names = short_names(points.classes, 18)
    for k, where in members.items():
        x, y = np.median(where, 0)
        size = 10 if len(members) <= CROWD else 7
        text = axes.text(x, y, names[k], ha="center", va="center", weight="bold", fontsize=size)
        text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="w")])
    return None


@shared_parameters
def project(
    model: ModelSource,
    data: Images = None,
    *,
    classifier: ClassifierSource | None = None,
    options: ProjectionOptions = ProjectionOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> ProjectionResult:
    """Map the latent space of a model in two dimensions.

    Parameters
    ----------
    data
        Images that are encoded and mapped. Default: the data that the checkpoint records.
    classifier
        Names samples: a checkpoint of `evalkit classifier`, or an opened one.
    options
        Which points are mapped, and how.

    Returns
    -------
    ProjectionResult
        A map by each method, and how well each keeps the neighbours.

    Raises
    ------
    BadInput
        If there is nothing to map, or umap-learn is asked for and not installed.
    """
    check(options)
    space = open_space(model, data, classifier if options.samples else None, device)
    rng = np.random.default_rng([options.seed, STREAM])
    if options.samples:
        if space.classifier is None:
            raise BadInput("--samples: nothing names them; give --classifier FILE")
        points = sampled_points(space.model, space.classifier, options.n, rng, progress=progress)
    else:
        space.model.need_encoder("a map of encoded data (--samples maps latents)")
        points = encoded_points(
            space.model,
            space.data(),
            options.n,
            rng,
            colour=options.colour,
            magnitude=options.magnitude,
            progress=progress,
        )
    return map_points(points, space.model.name, options, progress=progress)


def check(options: ProjectionOptions) -> None:
    """Raise BadInput for a method that cannot be used here, before the work begins."""
    if "umap" in options.methods:
        need_umap()


def map_points(
    points: Points,
    model: str,
    options: ProjectionOptions = ProjectionOptions(),
    *,
    progress: bool = False,
) -> ProjectionResult:
    """Map points by each method of the options, and judge the maps. Raises BadInput."""
    from fractaldream_base.progress import Bar

    z = np.asarray(points.z, np.float64)
    if len(z) < 2 * NEIGHBOURS + 2:
        raise BadInput(f"{len(z)} points: give {2 * NEIGHBOURS + 2} or more")
    if z.shape[1] < 2:
        raise BadInput(f"{model}: one latent needs no map; use evalkit interpolate")
    if not np.isfinite(z).all():
        raise BadInput(f"{model}: its latents hold NaN; train it again")
    methods = tuple(dict.fromkeys(options.methods))
    for method in methods:
        check_method(method, len(z), options.perplexity)
    maps = {
        method: project_to_plane(z, method, perplexity=options.perplexity, seed=options.seed)
        for method in Bar(methods, desc="maps", disable=not progress)
    }
    figures = {"latents": figures_of(z, z, points)}
    figures |= {name: figures_of(z, at, points) for name, at in maps.items()}
    return ProjectionResult(model, points, maps, figures, chance_of(points))
