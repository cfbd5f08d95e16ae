"""Disentanglement of a model's codes against the true factors of images."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from evalkit.family.factors import VISIBLE, check_fold, fold_factors
from evalkit.family.fresh_images import ImageFamily, family_of
from evalkit.inputs.images import ImageSet, ImageSource, as_images
from evalkit.inputs.model import LatentModel, ModelSource, as_model
from evalkit.support.docstrings import shared_parameters
from fractaldream.recipe import PARAM_NAMES
from fractaldream.rendering.kept import workspaces
from fractaldream_base.errors import BadInput
from fractaldream_base.progress import Bar

from .factor_vae import SharedFactor
from .options import DisentangleOptions
from .results import Disentanglement, SourceNotes
from .scores import score_codes

CHUNK = 256  # images in memory at once, as floats
ATTEMPTS = 30  # values of a factor that are tried until a batch of images shares one
SHARED = 64  # images that share a factor


@dataclass(frozen=True)
class EncodedImages:
    """Codes of images whose true factors are known.

    Attributes
    ----------
    codes
        float32 (N, L).
    factors
        float64 (N, K).
    shared_factor
        Draws codes of images that share factor k, for FactorVAE's score.
    images, sharing
        Which images these are, and how those that share a factor are chosen, in words.
    """

    codes: np.ndarray
    factors: np.ndarray
    shared_factor: SharedFactor
    images: str
    sharing: str


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


def encode_fresh(
    model: LatentModel,
    family: ImageFamily,
    columns: list[int],
    options: DisentangleOptions,
    *,
    progress: bool = False,
) -> EncodedImages:
    """Encode fresh images of a family; images that share a factor are rendered for it."""
    threads = torch.get_num_threads()
    codes, params = [], []
    with Bar(total=options.n, desc="fresh images", disable=not progress, leave=False) as bar:
        for levels, rows in family.fresh(options.n, threads=threads):
            codes.append(model.encode(family.images(levels)))
            params.append(rows)
            bar.update(len(rows))
    factors = fold_factors(np.concatenate(params), options.fold)
    spaces = workspaces(family.recipe, threads)

    def shared_factor(k: int, rng: np.random.Generator) -> np.ndarray:
        for _ in range(ATTEMPTS):
            value = float(factors[rng.integers(len(factors)), columns[k]])
            shared = family.sharing(columns[k], value, SHARED, options.fold, rng, spaces=spaces)
            if shared is not None:
                return model.encode(family.images(shared[0]))
        raise BadInput(f"{family.data.name}: its law refuses nearly all images; use --no-refusals")

    return EncodedImages(
        np.concatenate(codes), factors[:, columns], shared_factor, "fresh", "rendered"
    )


def encode_data_set(
    model: LatentModel,
    images: ImageSet,
    columns: list[int],
    options: DisentangleOptions,
    *,
    progress: bool = False,
) -> EncodedImages:
    """Encode images of a data set, held-out ones first; those nearest in a factor share it."""
    assert images.params is not None
    rows = np.concatenate([images.held_out, images.train])[: options.n]
    starts = range(0, len(rows), CHUNK)
    codes = np.concatenate(
        [
            model.encode(images.images(rows[start : start + CHUNK]))
            for start in Bar(starts, desc="encoding", disable=not progress, leave=False)
        ]
    )
    factors = images.params[rows]
    if images.param_names == PARAM_NAMES:
        factors = fold_factors(factors, options.fold)
    factors = factors[:, columns]
    order = np.argsort(factors, axis=0, kind="stable")

    def shared_factor(k: int, rng: np.random.Generator) -> np.ndarray:
        count = min(SHARED, len(codes) // 4)
        start = int(rng.integers(len(codes) - count + 1))
        nearest: np.ndarray = codes[order[start : start + count, k]]
        return nearest

    train = max(0, len(rows) - len(images.held_out))
    return EncodedImages(
        codes, factors, shared_factor, f"{len(rows) - train} held out, {train} of training",
        "nearest in the factor",
    )  # fmt: skip
