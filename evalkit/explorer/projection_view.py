"""The data, or samples, on a map: codes placed in two dimensions, with what hovering shows."""

from dataclasses import dataclass

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink

from .plane_view import Name, to_bytes

METHODS = ("pca", "tsne", "umap")


@dataclass(frozen=True)
class Points:
    """Images on a map. uint8 images are (N, S, S, C).

    what: said above the map. place: (N, 2), of features (N, F). rows: of the data set, or numbers
    of samples.
    codes: (N, L), None where the model cannot encode them. labels: rows of `names`, -1 unknown.
    params: (N, P) with param_names, None where there are none.
    """

    what: str
    method: str
    place: np.ndarray
    features: np.ndarray
    rows: np.ndarray
    originals: np.ndarray
    reconstructions: np.ndarray | None
    codes: np.ndarray | None
    told: np.ndarray | None  # labels that a conditional model was given
    labels: np.ndarray
    names: tuple[str, ...]
    params: np.ndarray | None
    param_names: tuple[str, ...]

    def of(self, row: int) -> int:
        """Which point is this row of the data. Raises BadInput."""
        found = np.flatnonzero(self.rows == row)
        if not len(found):
            raise BadInput(
                f"row {row} is not among the {len(self.rows):,} points shown; choose one of those"
            )
        return int(found[0])


def place(features: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Features (N, F) -> a map of them, (N, 2): pca, tsne (scikit-learn) or umap (umap-learn).

    Two features are their own map under pca. Raises BadInput.
    """
    if method not in METHODS:
        raise BadInput(f"projection {method!r}: give one of {', '.join(METHODS)}")
    if features.shape[1] == 1:
        rng = np.random.default_rng(seed)
        return np.column_stack([features[:, 0], rng.uniform(-0.5, 0.5, len(features))])
    if method == "pca":
        if features.shape[1] == 2:
            return features.astype(float)
        from sklearn.decomposition import PCA

        return PCA(2, random_state=seed).fit_transform(features)
    if method == "tsne":
        from sklearn.decomposition import PCA
        from sklearn.manifold import TSNE

        if len(features) < 8:
            raise BadInput(f"tsne of {len(features)} points: give 8 or more, or use pca")
        if features.shape[1] > 50:
            features = PCA(min(50, len(features)), random_state=seed).fit_transform(features)
        perplexity = min(30.0, (len(features) - 1) / 3)
        tsne = TSNE(2, perplexity=perplexity, init="pca", random_state=seed)
        return tsne.fit_transform(features)
    from evalkit.latent_space.maps import need_umap

    return np.asarray(need_umap().UMAP(random_state=seed, n_jobs=1).fit_transform(features))


def data_points(
    model: LatentModel,
    data: ImageSet,
    n: int,
    method: str,
    rng: np.random.Generator,
    seed: int,
    *,
    progress: bool = False,
) -> Points:
    """At most n images of the data, training and held out alike, by their codes; by their pixels
    (at 32 px) for models without an encoder, of which there are then no reconstructions."""
    rows = np.sort(rng.choice(len(data), min(n, len(data)), replace=False))
    images = data.images(rows)
    told = data.labels[rows] if model.conditional and data.labels is not None else None
    if model.conditional and told is None:
        raise BadInput(f"{data.name}: no labels, which {model.kind} needs; give labelled images")
    codes = reconstructions = None
    if model.encodes:
        codes = model.encode(images, told, progress=progress)
        reconstructions = to_bytes(model.decode(codes, told, progress=progress))
        features, what = codes, "codes of the data"
    else:
        features = shrink(images).reshape(len(rows), -1)
        what = f"the data by their pixels ({model.kind} has no encoder)"
    labels = data.labels[rows] if data.labels is not None else np.full(len(rows), -1)
    params = data.params
    return Points(
        what,
        method,
        place(features, method, seed),
        features,
        rows,
        to_bytes(images),
        reconstructions,
        codes,
        told,
        labels,
        data.classes,
        None if params is None else params[rows],
        data.param_names,
    )


def sample_points(
    model: LatentModel,
    name: Name | None,
    names: tuple[str, ...],
    n: int,
    method: str,
    rng: np.random.Generator,
    seed: int,
    *,
    progress: bool = False,
) -> Points:
    """n samples named by a classifier, by their latents where L is 2 and by their pixels (at
    32 px) else, since latents from N(0, I) have no shape of their own."""
    z, told = model.draw(n, rng), model.turns(n)
    images = model.decode(z, told, progress=progress)
    flat = model.latent == 2
    features = z if flat else shrink(images).reshape(n, -1)
    labels, owners = np.full(n, -1), names
    if name is not None:
        labels = name(images).argmax(1)
    elif told is not None:
        labels, owners = told, model.labels
    reconstructions = None
    if model.encodes:
        again = model.encode(images, told, progress=progress)
        reconstructions = to_bytes(model.decode(again, told, progress=progress))
    return Points(
        "samples by their latents" if flat else "samples by their pixels",
        method,
        place(features, method, seed),
        features,
        np.arange(n),
        to_bytes(images),
        reconstructions,
        z,
        told,
        labels,
        owners,
        None,
        (),
    )
