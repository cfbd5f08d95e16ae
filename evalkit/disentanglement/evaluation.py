"""Disentanglement of a model's codes against the true factors of images."""

from dataclasses import replace

from evalkit.family.factors import VISIBLE, check_fold
from evalkit.family.fresh_images import family_of
from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.support.docstrings import shared_parameters
from fractaldream.recipe import PARAM_NAMES
from fractaldream_base.errors import BadInput

from .encoded_images import SHARED, encode_data_set, encode_fresh
from .options import DisentangleOptions
from .results import Disentanglement, SourceNotes
from .scores import score_codes


@shared_parameters
def disentangle(
    model: ModelSource,
    data: ImageSource = None,
    *,
    options: DisentangleOptions = DisentangleOptions(),
    device: str = "cpu",
    progress: bool = False,
) -> Disentanglement:
    """Score how well the latents of a model stand for the true factors of images.

    Parameters
    ----------
    model
        A model with an encoder.
    data
        Images with known parameters. Of a Fractal Dream data set the images are fresh draws of its
        law, never trained on, and those that share a factor are rendered. Of other data they are
        held-out images, then training images, and those that share a factor are the 64 nearest
        in it.
    options
        Number of images, factors and choices of the estimators.

    Returns
    -------
    Disentanglement
        MIG, SAP, DCI and FactorVAE's score, with intervals and with what shuffled codes score.

    Raises
    ------
    BadInput
        If the model has no encoder or needs labels, the images have no parameters or too few, or
        a factor is unknown.
    """
    options.check()
    model = as_model(model, device=device)
    model.need_encoder("disentanglement")
    if data is None and model.network is not None and not model.data.get("param_names"):
        raise BadInput(
            f"{model.name}: learnt from data without true parameters; give --data, a file of "
            "fractaldream render"
        )
    images = as_images(data, model)
    names = factor_names(model, images, options)
    columns = [images.param_names.index(name) for name in names]
    fold = options.fold if images.param_names == PARAM_NAMES else "none"
    check_fold(fold)
    options = replace(options, factors=names, fold=fold)
    family = family_of(images)
    if family is not None:
        encoded = encode_fresh(model, family, columns, options, progress=progress)
    else:
        encoded = encode_data_set(model, images, columns, options, progress=progress)
    result = score_codes(
        encoded.codes, encoded.factors, names, shared_factor=encoded.shared_factor,
        options=options, progress=progress,
    )  # fmt: skip
    notes = SourceNotes(images.name, fold, encoded.images, encoded.sharing)
    return replace(result, generator=model.name, notes=notes)


def factor_names(
    model: LatentModel, images: ImageSet, options: DisentangleOptions
) -> tuple[str, ...]:
    """Return the names of the factors to score. Raises BadInput where they cannot be scored."""
    if images.params is None:
        raise BadInput(f"{images.name}: no true parameters; give a file of fractaldream render")
    if model.conditional:
        raise BadInput(f"{model.name}: {model.kind} needs labels, these images have none")
    if options.n < 2 * SHARED:
        raise BadInput(f"n {options.n}: give {2 * SHARED} or more")
    of_family = images.param_names == PARAM_NAMES
    names = options.factors or (VISIBLE if of_family else images.param_names)
    for name in names:
        if name not in images.param_names:
            raise BadInput(f"factor {name!r}: {images.name} has {', '.join(images.param_names)}")
    return names
