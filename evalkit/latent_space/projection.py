"""Maps of a latent space in two dimensions, and figures that compare maps."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.networks.classifier import Classifier

from .places import own_labels

METHODS = ("pca", "tsne", "umap")
NEIGHBOURS = 15  # of all three figures, and of UMAP
PERPLEXITY = 30.0
# Petroff (2021), told apart by colour-blind readers; each class bears its name as well
COLOURS = (
    "#3f90da", "#ffa90e", "#bd1f01", "#94a4a2", "#832db6",
    "#a96b59", "#e76300", "#b9ac70", "#717581", "#92dadd",
)  # fmt: skip


@dataclass(frozen=True)
class Points:
    """Latents (N, L) and what they are coloured by: classes, or a number.

    rows: of the data; None where the points are samples.
    """

    z: np.ndarray
    colour: str
    classes: tuple[str, ...]  # none where `values` are numbers
    values: np.ndarray  # int (N,), places in classes; or float (N,)
    rows: np.ndarray | None
    what: str


@dataclass(frozen=True)
class MapFigures:
    """How good a map is.

    trustworthiness (Venna & Kaski, 2001): 1 where no neighbour in the map is far in the latent
    space. purity: share of the nearest neighbours that are of the same class; for a number, R2 of
    its mean over them. silhouette (Rousseeuw, 1987): of the classes, -1 to 1; None for a number or
    where there is one class alone.
    """

    trustworthiness: float | None
    purity: float
    silhouette: float | None


@dataclass(frozen=True)
class Projection:
    """Maps (N, 2) by method, the figures of each, and those of the latents themselves."""

    model: str
    points: Points
    maps: dict[str, np.ndarray]
    figures: dict[str, MapFigures]
    chance: float  # purity of a map that knows nothing

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        p = self.points
        values = np.array(p.classes)[p.values] if p.classes else p.values
        return {
            "model": self.model,
            "points": p.what,
            "n": len(p.z),
            "colour": p.colour,
            "neighbours": NEIGHBOURS,
            "figures": {name: asdict(figures) for name, figures in self.figures.items()},
            "purity_by_chance": self.chance,
            "rows": p.rows,
            "values": values,
            "maps": self.maps,
        }


def encoded(
    model: LatentModel,
    data: ImageSet,
    n: int,
    rng: np.random.Generator,
    *,
    colour: str | None = None,
    magnitude: bool = False,
    progress: bool = False,
) -> Points:
    """n images of the data, at random, encoded. Raises BadInput.

    colour: label, or the name of a parameter; default the label, else the parameter `a`, else the
    first. magnitude: the parameter's absolute value (signs are not in the images).
    """
    model.need_encoder("a map of encoded data")
    rows = np.sort(rng.permutation(len(data))[:n])
    if colour is None:
        known = () if data.labels is not None else data.param_names
        colour = "a" if "a" in known else (*known, "label")[0]
    classes: tuple[str, ...] = ()
    if colour == "label":
        if data.labels is None:
            raise BadInput(f"{data.name}: no labels to colour by; give --colour PARAMETER")
        classes, values = data.classes, data.labels[rows]
        shown = "label"
    else:
        if data.params is None or colour not in data.param_names:
            there = ", ".join(("label",) * (data.labels is not None) + data.param_names)
            raise BadInput(f"{data.name}: no parameter {colour!r}; there are {there or 'none'}")
        values = data.params[rows, data.param_names.index(colour)]
        values = np.abs(values) if magnitude else values
        shown = f"|{colour}|" if magnitude else colour
    parts = [
        model.encode(data.images(part), own_labels(model, data, part))
        for part in _pieces(rows, progress)
    ]
    what = f"{len(rows):,} images of {data.name}, encoded"
    return Points(np.concatenate(parts), shown, classes, values, rows, what)


def sampled(
    model: LatentModel,
    classifier: Classifier,
    n: int,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> Points:
    """n latents from N(0, I), named by the classifier from what they decode to."""
    z = model.draw(n, rng)
    labels = model.turns(n)
    parts = [
        classifier.probabilities(model.decode(z[at], None if labels is None else labels[at]))
        for at in _pieces(np.arange(n), progress)
    ]
    named = np.concatenate(parts).argmax(1)
    what = f"{n:,} latents from N(0, I), named by the classifier"
    return Points(z, "classifier", classifier.labels, named, None, what)


def _pieces(rows: np.ndarray, progress: bool) -> Any:
    from tqdm import tqdm

    starts = range(0, len(rows), 512)
    bar = tqdm(starts, desc="points", unit="batch", disable=not progress, dynamic_ncols=True)
    return (rows[start : start + 512] for start in bar)


def project(
    points: Points,
    *,
    model: str,
    methods: tuple[str, ...] = ("pca", "tsne"),
    perplexity: float = PERPLEXITY,
    seed: int = 0,
    progress: bool = False,
) -> Projection:
    """Maps of the points by each method, and their figures. Raises BadInput."""
    from tqdm import tqdm

    z = np.asarray(points.z, np.float64)
    if len(z) < 2 * NEIGHBOURS + 2:
        raise BadInput(f"{len(z)} points: give {2 * NEIGHBOURS + 2} or more")
    if z.shape[1] < 2:
        raise BadInput(f"{model}: one latent needs no map; use evalkit interpolate")
    if not np.isfinite(z).all():
        raise BadInput(f"{model}: its latents hold NaN; train it again")
    if "tsne" in methods and not 1 <= perplexity < len(z):
        raise BadInput(f"perplexity {perplexity:g}: give 1 or more, and less than {len(z)} points")
    umap = need_umap() if "umap" in methods else None
    maps: dict[str, np.ndarray] = {}
    for method in tqdm(methods, desc="maps", disable=not progress):
        if method == "pca":
            from sklearn.decomposition import PCA

            maps[method] = PCA(2, random_state=seed).fit_transform(z)
        elif method == "tsne":
            from sklearn.manifold import TSNE

            maps[method] = TSNE(2, perplexity=perplexity, random_state=seed).fit_transform(z)
        elif umap is not None:
            maps[method] = np.asarray(
                umap.UMAP(n_neighbors=NEIGHBOURS, random_state=seed, n_jobs=1).fit_transform(z)
            )
    figures = {"latents": figures_of(z, z, points)}
    figures |= {name: figures_of(z, at, points) for name, at in maps.items()}
    return Projection(model, points, maps, figures, chance_of(points))


def need_umap() -> Any:
    """The library. Raises BadInput where it is not installed."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            import umap
    except ImportError as error:
        raise BadInput(
            "umap: needs umap-learn; pip install 'fractaldream[umap]', or leave it out"
        ) from error
    return umap


def figures_of(z: np.ndarray, at: np.ndarray, points: Points) -> MapFigures:
    """Figures of a map at (N, 2) of the latents z (N, L)."""
    from sklearn.manifold import trustworthiness
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(at).kneighbors(return_distance=False)
    around = points.values[near]
    if points.classes:
        purity = float((around == points.values[:, None]).mean())
        several = 2 <= len(np.unique(points.values)) < len(at)
        silhouette = float(silhouette_score(at, points.values)) if several else None
    else:
        rest = ((points.values - around.mean(1)) ** 2).mean()
        purity = float(1 - rest / max(float(points.values.var()), 1e-300))
        silhouette = None
    same = at is z
    trusted = None if same else float(trustworthiness(z, at, n_neighbors=NEIGHBOURS))
    return MapFigures(trusted, purity, silhouette)


def chance_of(points: Points) -> float:
    """Purity without any knowledge: the sum of squared shares of the classes; 0 for a number."""
    if not points.classes:
        return 0.0
    shares = np.bincount(points.values) / len(points.values)
    return float((shares**2).sum())


def table(result: Projection) -> str:
    """The result as a table."""
    measure = "purity" if result.points.classes else "R2"
    lines = [
        f"{result.model}: {result.points.what}, by {result.points.colour}",
        f"  {'':10}{'trustworthiness':>16}{measure:>9}{'silhouette':>12}   "
        f"({NEIGHBOURS} neighbours; {measure} by chance {result.chance:.3f})",
    ]
    for name, f in result.figures.items():
        trust = "-" if f.trustworthiness is None else f"{f.trustworthiness:.4f}"
        silhouette = "-" if f.silhouette is None else f"{f.silhouette:.4f}"
        lines.append(f"  {name:10}{trust:>16}{f.purity:9.4f}{silhouette:>12}")
    return "\n".join(lines)


def picture(result: Projection) -> bytes:
    """The maps side by side, with their figures, as PNG."""
    from matplotlib import patheffects
    from matplotlib.figure import Figure

    from evalkit.support.pictures import figure_png

    p = result.points
    count = len(result.maps)
    figure = Figure(figsize=(5.2 * count + (0 if p.classes else 0.6), 5.6), layout="constrained")
    dots: dict[str, Any] = {"s": 4 if len(p.z) > 2000 else 9, "lw": 0, "alpha": 0.8}
    drawn = None
    panels = figure.subplots(1, count, squeeze=False)[0]
    for axes, (name, at) in zip(panels, result.maps.items(), strict=True):
        if p.classes:
            for k, label in enumerate(p.classes):
                mine = at[p.values == k]
                if not len(mine):
                    continue
                colour = COLOURS[k % len(COLOURS)]
                axes.scatter(*mine.T, color=colour, label=label, **dots)
            for k, label in enumerate(p.classes):
                mine = at[p.values == k]
                if len(mine):
                    text = axes.text(
                        *np.median(mine, 0), label, ha="center", va="center", weight="bold"
                    )
                    text.set_path_effects([patheffects.withStroke(linewidth=3, foreground="w")])
        else:
            drawn = axes.scatter(*at.T, c=p.values, cmap="viridis", **dots)
        f = result.figures[name]
        measure = "purity" if p.classes else "R2"
        parts = [f"trust {f.trustworthiness:.3f}", f"{measure} {f.purity:.3f}"]
        if f.silhouette is not None:
            parts.append(f"silhouette {f.silhouette:.3f}")
        axes.set_title(f"{name}\n{', '.join(parts)}", fontsize=9)
        axes.set(xticks=[], yticks=[])
    if drawn is not None:
        figure.colorbar(drawn, ax=list(panels), label=p.colour, shrink=0.8)
    return figure_png(figure)
