"""Labels read from the codes of models, beside PCA of the same size and pixels."""

from collections.abc import Sequence
from functools import reduce

import numpy as np

from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.support.docstrings import shared_parameters
from fractaldream_base.errors import BadInput
from fractaldream_base.progress import Bar

from .options import ProbeOptions
from .results import CodeProbe
from .scores import CodeRow, LabelledCodes, score_codes


@shared_parameters
def probe(
    models: ModelSource | Sequence[ModelSource],
    data: ImageSource = None,
    *,
    options: ProbeOptions = ProbeOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> CodeProbe:
    """Measure what labels can be read from the codes of held-out images.

    Parameters
    ----------
    models
        One model with an encoder, or several; each as other commands take it.
    data
        Images with labels. Default: what the first model learned from.
    options
        Number of images, and the random seed.

    Returns
    -------
    CodeProbe
        Accuracy of a linear probe and of the nearest neighbour, and how k-means clusters of the
        codes agree with the labels: of each model, of PCA of the same sizes, and of pixels.

    Raises
    ------
    BadInput
        If a model has no encoder or needs labels, or the images have no labels.

    References
    ----------
    Donahue et al. (2017), Adversarial feature learning; Mukherjee et al. (2019), ClusterGAN.
    """
    sources = [models] if isinstance(models, str) or not isinstance(models, Sequence) else models
    opened = [as_model(source, device=device) for source in sources]
    check_models(opened)
    images = [as_images(data, model) for model in opened]
    return probe_images(opened, images, options, progress=progress)


def check_models(models: Sequence[LatentModel]) -> None:
    """Raise BadInput for models whose codes cannot be asked for labels."""
    if not models:
        raise BadInput("no model; give one checkpoint or more")
    for model in models:
        model.need_encoder("reading labels from codes")
        if model.conditional:
            raise BadInput(
                f"{model.name}: {model.kind} is given the label, so reading it from codes means "
                "nothing; give another kind"
            )


def probe_images(
    models: Sequence[LatentModel],
    images: Sequence[ImageSet],
    options: ProbeOptions,
    *,
    progress: bool = False,
) -> CodeProbe:
    """Probe models, each on its view of the same images. Raises BadInput.

    Models may have learnt from different parts of them: held out is what none of them learnt from.
    """
    if options.n < 1:
        raise BadInput(f"n {options.n}: give 1 or more")
    for each in images:
        _check(each, images[0])
    unseen = reduce(np.intersect1d, [each.held_out for each in images])
    if not len(unseen):
        raise BadInput(f"{images[0].name}: no held-out images; give more images")
    rng = np.random.default_rng(options.seed)
    train = np.sort(rng.permutation(images[0].train)[: options.n])
    held_out = np.sort(rng.permutation(unseen)[: options.n])
    labels = images[0].labels
    assert labels is not None

    def scored(name: str, kind: str, codes: np.ndarray) -> CodeRow:
        parts = LabelledCodes(
            codes[: len(train)], labels[train], codes[len(train) :], labels[held_out]
        )
        return CodeRow(name, kind, codes.shape[1], score_codes(parts, seed=options.seed))

    rows = np.concatenate([train, held_out])
    pixels = images[0].images(rows).reshape(len(rows), -1)
    encoded = [(m.name, m.kind, _encode(m, x, rows)) for m, x in zip(models, images, strict=True)]
    sizes = sorted({min(model.latent, *pixels[: len(train)].shape) for model in models})
    encoded += [("PCA", "", _components(pixels, len(train), size)) for size in sizes]
    encoded.append(("pixels", "", pixels))
    bar = Bar(encoded, desc="probes", disable=not progress, leave=False)
    return CodeProbe(
        images[0].name,
        len(train),
        len(held_out),
        images[0].classes,
        float(np.bincount(labels[held_out]).max() / len(held_out)),
        tuple(scored(*each) for each in bar),
    )


def _check(images: ImageSet, first: ImageSet) -> None:
    """Raise BadInput for images that have no labels to read, or others than the first ones."""
    if images.labels is None:
        raise BadInput(f"{images.name}: no labels to read; give mnist, or one folder per class")
    if first.labels is None or not np.array_equal(images.labels, first.labels):
        raise BadInput(
            f"{images.name}: the models see other images than the first one does; give --data, "
            "and --part of MNIST"
        )


def _encode(model: LatentModel, images: ImageSet, rows: np.ndarray) -> np.ndarray:
    starts = range(0, len(rows), model.batch)
    parts = [model.encode(images.images(rows[start : start + model.batch])) for start in starts]
    return np.concatenate(parts)


def _components(pixels: np.ndarray, train: int, size: int) -> np.ndarray:
    """Return the first principal components of images, fitted on the first `train` of them."""
    from sklearn.decomposition import PCA

    out: np.ndarray = PCA(size, random_state=0).fit(pixels[:train]).transform(pixels)
    return out
