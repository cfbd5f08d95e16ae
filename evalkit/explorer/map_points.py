"""The points of the map: the data, or samples, with all that is shown of each."""

from dataclasses import dataclass

import numpy as np

from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink
from evalkit.latent_space.maps import check_method, project_to_plane
from evalkit.latent_space.options import PERPLEXITY
from evalkit.networks.classifier import Classifier
from fractaldream_base.errors import BadInput

from .decoded_plane import to_bytes
from .options import ExploreOptions

TSNE_POINTS = 8  # at least


@dataclass(frozen=True)
class MapPoints:
    """N points on a map and what is shown of each. Images are uint8 (N, S, S, C).

    description stands above the map. place (N, 2) is the map of features (N, F) by method. rows are
    those of the data, or numbers of samples. codes (N, L) are None where the model cannot encode,
    and reconstructions likewise; code_labels (N,) are what a conditional model encodes and decodes
    with. item is what one of them is called, row or sample. labels are rows of `names`, -1 where
    unknown. params are (N, P) with param_names, None where there are none.
    """

    description: str
    method: str
    place: np.ndarray
    features: np.ndarray
    rows: np.ndarray
    originals: np.ndarray
    reconstructions: np.ndarray | None
    codes: np.ndarray | None
    code_labels: np.ndarray | None
    labels: np.ndarray
    names: tuple[str, ...]
    params: np.ndarray | None = None
    param_names: tuple[str, ...] = ()
    item: str = "row"

    def of(self, row: int) -> int:
        """Return which point is this row of the data. Raises BadInput."""
        matches = np.flatnonzero(self.rows == row)
        if not len(matches):
            raise BadInput(
                f"row {row} is not among the {len(self.rows):,} points shown; choose one of those"
            )
        return int(matches[0])


def place_points(features: np.ndarray, method: str, seed: int) -> np.ndarray:
    """Place features (N, F) on a map (N, 2), by `evalkit.latent_space.maps`.

    One feature is a strip of random width, and two features are their own map under pca: neither
    needs a projection. Raises BadInput.
    """
    if features.shape[1] == 1:
        rng = np.random.default_rng(seed)
        return np.column_stack([features[:, 0], rng.uniform(-0.5, 0.5, len(features))])
    if method == "pca" and features.shape[1] == 2:
        return features.astype(float)
    perplexity = check_map(method, len(features))
    return project_to_plane(features, method, perplexity=perplexity, seed=seed)


def check_map(method: str, n: int) -> float:
    """Return the perplexity of a map of n points. Raises BadInput for too few."""
    if method == "tsne" and n < TSNE_POINTS:
        raise BadInput(f"tsne of {n} points: give {TSNE_POINTS} or more, or use pca")
    perplexity = min(PERPLEXITY, (n - 1) / 3)
    check_method(method, n, perplexity)
    return perplexity


def data_points(
    model: LatentModel,
    data: ImageSet,
    options: ExploreOptions,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> MapPoints:
    """Encode images of the data, training and held out alike, and place their codes.

    A model without an encoder has no codes and no reconstructions: its data are placed by their
    pixels at 32 px. Raises BadInput.
    """
    rows = np.sort(rng.choice(len(data), min(options.points, len(data)), replace=False))
    images = data.images(rows)
    code_labels = data.labels[rows] if model.conditional and data.labels is not None else None
    if model.conditional and code_labels is None:
        raise BadInput(f"{data.name}: no labels, which {model.kind} needs; give labelled images")
    codes, reconstructions = _encode_and_decode(model, images, code_labels, progress)
    if codes is not None:
        features, description = codes, "codes of the data"
    else:
        features = shrink(images).reshape(len(rows), -1)
        description = f"the data by their pixels ({model.kind} has no encoder)"
    return MapPoints(
        description=description,
        method=options.projection,
        place=place_points(features, options.projection, options.seed),
        features=features,
        rows=rows,
        originals=to_bytes(images),
        reconstructions=reconstructions,
        codes=codes,
        code_labels=code_labels,
        labels=data.labels[rows] if data.labels is not None else np.full(len(rows), -1),
        names=data.classes,
        params=None if data.params is None else data.params[rows],
        param_names=data.param_names,
    )


def sample_points(
    model: LatentModel,
    classifier: Classifier | None,
    options: ExploreOptions,
    rng: np.random.Generator,
    *,
    progress: bool = False,
) -> MapPoints:
    """Draw samples, and place them by their latents where L is 2, else by their pixels at 32 px.

    Latents from N(0, I) have no shape of their own. A classifier names the samples.
    """
    n = options.points
    z, code_labels = model.draw(n, rng), model.turns(n)
    images = model.decode(z, code_labels, progress=progress)
    flat = model.latent == 2
    features = z if flat else shrink(images).reshape(n, -1)
    labels, names = np.full(n, -1), () if classifier is None else classifier.labels
    if classifier is not None:
        labels = classifier.probabilities(images).argmax(1)
    elif code_labels is not None:
        labels, names = code_labels, model.labels
    _, reconstructions = _encode_and_decode(model, images, code_labels, progress)
    return MapPoints(
        description="samples by their latents" if flat else "samples by their pixels",
        method=options.projection,
        place=place_points(features, options.projection, options.seed),
        features=features,
        rows=np.arange(n),
        originals=to_bytes(images),
        reconstructions=reconstructions,
        codes=z,
        code_labels=code_labels,
        labels=labels,
        names=names,
        item="sample",
    )


def _encode_and_decode(
    model: LatentModel, images: np.ndarray, labels: np.ndarray | None, progress: bool
) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Return codes (N, L) and reconstructions, uint8; None of a model without an encoder."""
    if not model.encodes:
        return None, None
    codes = model.encode(images, labels, progress=progress)
    return codes, to_bytes(model.decode(codes, labels, progress=progress))
