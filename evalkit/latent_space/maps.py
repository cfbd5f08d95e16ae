"""Map features to two dimensions by PCA, t-SNE or UMAP, and judge the maps.

`evalkit project` and the explorer draw their maps by the same `project_to_plane`. All methods see
the features as they are: the figures of a map say how well it keeps the neighbours of those.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput

from .options import METHODS, PERPLEXITY
from .points import Points

NEIGHBOURS = 15  # of all three figures, and of UMAP
UMAP_POINTS = 4  # at least; its first layout fails with fewer


@dataclass(frozen=True)
class MapFigures:
    """Figures of the quality of a map.

    trustworthiness (Venna & Kaski, 2001) is 1 where no neighbour in the map is far in the latent
    space. purity is the share of the nearest neighbours that are of the same class; for a number,
    R2 of its mean over them. silhouette (Rousseeuw, 1987) of the classes lies from -1 to 1; it is
    None for a number or where there is one class alone.
    """

    trustworthiness: float | None
    purity: float
    silhouette: float | None


def check_method(method: str, n: int, perplexity: float = PERPLEXITY) -> None:
    """Raise BadInput where n points cannot be projected by this method."""
    if method not in METHODS:
        raise BadInput(f"projection {method!r}: give one of {', '.join(METHODS)}")
    if method == "umap":
        if n < UMAP_POINTS:
            raise BadInput(f"umap of {n} points: give {UMAP_POINTS} or more, or use pca")
        need_umap()
    if method == "tsne" and not 1 <= perplexity < n:
        raise BadInput(f"perplexity {perplexity:g}: give 1 or more, and less than {n} points")


def project_to_plane(
    features: np.ndarray, method: str, *, perplexity: float = PERPLEXITY, seed: int = 0
) -> np.ndarray:
    """Project features to two dimensions.

    Parameters
    ----------
    features
        Latents or other features (N, F), F at least 2.
    method
        pca or tsne (scikit-learn), or umap (umap-learn).
    perplexity
        Of t-SNE, less than N.
    seed
        Random seed of the method.

    Returns
    -------
    The map (N, 2).

    Raises
    ------
    BadInput
        If there is no such method, it cannot be used here, or t-SNE and UMAP are given points that
        are all equal.
    """
    check_method(method, len(features), perplexity)
    features = np.asarray(features, np.float64)
    if (features.astype(np.float32) == features[0].astype(np.float32)).all():
        if method == "pca":
            return np.zeros((len(features), 2))
        raise BadInput(
            f"{method}: all {len(features):,} points are equal, and there is nothing to map; "
            "look at the images, or use pca"
        )
    if method == "pca":
        from sklearn.decomposition import PCA

        return np.asarray(PCA(2, random_state=seed).fit_transform(features))
    if method == "tsne":
        from sklearn.manifold import TSNE

        tsne = TSNE(2, perplexity=perplexity, random_state=seed)
        return np.asarray(tsne.fit_transform(features))
    umap = need_umap().UMAP(
        n_neighbors=min(NEIGHBOURS, len(features) - 1), random_state=seed, n_jobs=1
    )
    return np.asarray(umap.fit_transform(features))


def need_umap() -> Any:
    """Return the module umap. Raises BadInput where umap-learn is not installed."""
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
    """Return the figures of a map at (N, 2) of the latents z (N, L)."""
    from sklearn.manifold import trustworthiness
    from sklearn.metrics import silhouette_score
    from sklearn.neighbors import NearestNeighbors

    near = NearestNeighbors(n_neighbors=NEIGHBOURS).fit(at).kneighbors(return_distance=False)
    around = points.values[near]
    silhouette = None
    if points.classes:
        purity = float((around == points.values[:, None]).mean())
        if 2 <= len(np.unique(points.values)) < len(at):
            silhouette = float(silhouette_score(at, points.values))
    else:
        rest = ((points.values - around.mean(1)) ** 2).mean()
        purity = float(1 - rest / max(float(points.values.var()), 1e-300))
    trusted = None if at is z else float(trustworthiness(z, at, n_neighbors=NEIGHBOURS))
    return MapFigures(trusted, purity, silhouette)


def chance_of(points: Points) -> float:
    """Return the purity without any knowledge.

    It is the sum of squared shares of the classes, and 0 for a number.
    """
    if not points.classes:
        return 0.0
    shares = np.bincount(points.values) / len(points.values)
    return float((shares**2).sum())
