"""Codes of images whose true factors are known, and of more images that share a factor."""

from dataclasses import dataclass

import numpy as np
import torch

from evalkit.family.factors import fold_factors
from evalkit.family.fresh_images import ImageFamily
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from fractaldream.recipe import PARAM_NAMES
from fractaldream.rendering.accepted import workspaces
from fractaldream_base.errors import BadInput
from fractaldream_base.progress import Bar

from .factor_vae import SharedFactor
from .options import DisentangleOptions

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
