"""Has the generator copied? Nearest training images, and never-seen images as the yardstick."""

from dataclasses import dataclass

import numpy as np
from tqdm import tqdm

from evalkit.errors import BadInput
from evalkit.family.closest_attractor import Bank, FamilyDistance, closest_attractors
from evalkit.family.fresh_images import Family, family_of
from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.networks.features import Features, open_features
from evalkit.statistics.nearest_neighbours import Nearest, nearest

from .copying import LEAST, POOLED, Copying, copying_test
from .options import NeighbourOptions
from .precision_recall import prdc
from .results import QUANTILES, Manifold, NeighboursResult

MOST = 10_000  # images of either kind that are compared
STREAM = 0xC09  # keeps these draws apart from other draws of the same seed


@dataclass(frozen=True)
class _Fresh:
    """Never-seen images: features (M, D), and parameters (M, 6) where they were rendered."""

    features: np.ndarray
    params: np.ndarray | None
    yardstick: str


def neighbours(
    model: ModelSource,
    data: ImageSource = None,
    *,
    options: NeighbourOptions = NeighbourOptions(),
    features: Features | str = "pixels",
    device: str = "cpu",
    progress: bool = False,
) -> NeighboursResult:
    """Compare generated images with the training images, and test whether they were copied.

    The yardstick is as many never-seen images as there are training images (but not fewer than
    `options.n`, and 10,000 at most): fresh renderings where the data set was drawn by a law of
    Fractal Dream, else its rows that were not learnt.

    Parameters
    ----------
    model
        A checkpoint file, ``module:callable``, a function of latents (N, L), or an opened model.
    data
        A data set file, a folder, ``mnist`` or opened images. Default: what the checkpoint
        records.
    options
        How many images, and how they are compared.
    features
        What distances are measured in: ``pixels``, ``encoder``, the file of a classifier or
        checkpoint, or opened features.
    device
        Where networks compute, and the search for neighbours.
    progress
        Show progress on stderr.

    Returns
    -------
    NeighboursResult
        `print` shows it as a table; `contact_sheet.draw_sheet` draws it.

    Raises
    ------
    BadInput
        If the model or the data cannot be used, or hold too few images.
    """
    model = as_model(model, device=device)
    data = as_images(data, model)
    features = open_features(features, model) if isinstance(features, str) else features
    n, k, family = options.n, options.k, family_of(data)
    if n < 20 or k < 1:
        raise BadInput(f"n {n}, k {k}: give 20 images or more, and one neighbour or more")
    if family is None and len(data.held_out) < LEAST:
        raise BadInput(
            f"{data.name}: {len(data.held_out)} images that were not learnt; the test needs {LEAST}"
        )
    rng = np.random.default_rng([options.seed, STREAM])
    labels = model.turns(n)
    images, generated = _generate(model, features, n, labels, rng, progress)
    train = features.of_rows(data, data.train, progress=progress, what="training features")
    fresh = _fresh_images(data, family, features, min(max(n, len(train)), MOST), rng, progress)
    to_train, fresh_to_train, test = _test(
        train, generated, fresh.features, k, rng, model.device, progress
    )
    manifold = _manifold(train, generated, fresh.features, k, rng, model.device)
    distance = None
    if family is not None and fresh.params is not None and options.refine > 0:
        distance = _family_distance(
            family, features, train, generated[: options.refine], fresh, rng, progress
        )
    distances = to_train.distances[:, 0]
    return NeighboursResult(
        model=model.name,
        kind=model.kind,
        data=data.name,
        learnt=data.learnt,
        features=f"{features.name}: {features.what}",
        yardstick=fresh.yardstick,
        trained_on=len(train),
        fresh=len(fresh.features),
        images=images,
        labels=labels,
        nearest=Nearest(data.train[to_train.rows[:, :k]], to_train.distances[:, :k]),
        copying=test,
        closer_than_1_percent=float((distances < np.quantile(fresh_to_train, 0.01)).mean()),
        generated_quantiles=tuple(np.quantile(distances, QUANTILES).tolist()),
        fresh_quantiles=tuple(np.quantile(fresh_to_train, QUANTILES).tolist()),
        manifold=manifold,
        family=distance,
    )


def _generate(
    model: LatentModel,
    features: Features,
    n: int,
    labels: np.ndarray | None,
    rng: np.random.Generator,
    progress: bool,
) -> tuple[np.ndarray, np.ndarray]:
    """Generate n images, uint8 (n, C, S, S), and their features; never all as floats."""
    images = np.empty((n, model.channels, model.size, model.size), np.uint8)
    parts = []
    starts = range(0, n, model.batch)
    for start in tqdm(starts, desc="generating", disable=not progress, dynamic_ncols=True):
        at = slice(start, min(start + model.batch, n))
        z = model.draw(at.stop - start, rng)
        part = model.decode(z, None if labels is None else labels[at])
        images[at] = np.round(part * 255)
        parts.append(features.of(part))
    return images, np.concatenate(parts)


def _fresh_images(
    data: ImageSet,
    family: Family | None,
    features: Features,
    n: int,
    rng: np.random.Generator,
    progress: bool,
) -> _Fresh:
    """Return at most n never-seen images: rendered for it, or rows that were not learnt."""
    if family is None:
        rows = data.held_out
        rows = rows[rng.permutation(len(rows))[:n]]
        what = "images of the data that were not learnt"
        return _Fresh(features.of_rows(data, rows), None, what)
    levels, params = [], []
    with tqdm(total=n, desc="fresh renderings", disable=not progress, dynamic_ncols=True) as bar:
        for some, of_some in family.fresh(n):
            levels.append(some)
            params.append(of_some)
            bar.update(len(some))
    images = family.image_set(np.concatenate(levels))
    return _Fresh(
        features.of_rows(images, np.arange(n)),
        np.concatenate(params),
        "fresh renderings of the same recipe",
    )


def _test(
    train: np.ndarray,
    generated: np.ndarray,
    fresh: np.ndarray,
    k: int,
    rng: np.random.Generator,
    device: str,
    progress: bool,
) -> tuple[Nearest, np.ndarray, Copying]:
    """Return nearest training images, the distances of fresh images to them, and the test."""
    count = min(max(k, POOLED), len(train))
    to_train = nearest(generated, train, count, device=device, progress=progress)
    fresh_to_train = nearest(fresh, train, 1, device=device, progress=progress).distances[:, 0]
    to_fresh = nearest(generated, fresh, min(POOLED, len(fresh)), device=device)
    test = copying_test(
        train=train,
        generated=generated,
        fresh=fresh,
        to_train=to_train,
        to_fresh=to_fresh,
        fresh_to_train=fresh_to_train,
        rng=rng,
    )
    return to_train, fresh_to_train, test


def _manifold(
    train: np.ndarray,
    generated: np.ndarray,
    fresh: np.ndarray,
    k: int,
    rng: np.random.Generator,
    device: str,
) -> Manifold:
    """Compute precision and recall of equally many images of each kind."""
    count = min(len(generated), len(fresh), len(train), MOST)
    real = train[rng.permutation(len(train))[:count]]
    of_generated, of_fresh = (
        prdc(real=real, generated=some[:count], k=k, device=device) for some in (generated, fresh)
    )
    return Manifold(k, count, of_generated, of_fresh)


def _family_distance(
    family: Family,
    features: Features,
    train: np.ndarray,
    generated: np.ndarray,
    fresh: _Fresh,
    rng: np.random.Generator,
    progress: bool,
) -> FamilyDistance:
    """Search the family for generated images, and for as many fresh ones.

    The bank holds all other renderings at hand: training images and the other fresh ones.
    """
    assert fresh.params is not None
    count = min(len(generated), len(fresh.features) // 2)
    bank = Bank(
        np.concatenate([train, fresh.features[count:]]),
        np.concatenate([family.params(family.data.train), fresh.params[count:]]),
    )

    def embed(levels: np.ndarray) -> np.ndarray:
        return features.of(family.images(levels))

    of_generated, of_fresh = (
        closest_attractors(some[:count], bank, family.renderer, embed, rng, progress=progress)
        for some in (generated, fresh.features)
    )
    return FamilyDistance(of_generated, of_fresh)
