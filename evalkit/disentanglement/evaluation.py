"""Disentanglement of a model's codes against the true factors of images."""

from typing import TYPE_CHECKING

import numpy as np
from tqdm import tqdm

from evalkit.errors import BadInput
from evalkit.family.factors import VISIBLE, fold_factors
from evalkit.family.fresh_images import CHUNK, ROUNDS, family_of
from fractaldream.recipe import PARAM_NAMES

from .scores import Disentanglement, Settings, disentangle

if TYPE_CHECKING:
    from evalkit.inputs.images import ImageSet
    from evalkit.inputs.model import LatentModel

SHARED = 64  # images that share a factor


def measure(
    model: "LatentModel",
    images: "ImageSet",
    *,
    n: int = 4000,
    names: tuple[str, ...] = (),
    how: str = "sizes",
    settings: Settings | None = None,
    progress: bool = False,
) -> Disentanglement:
    """Disentanglement of a model's codes against the true factors of n images. Raises BadInput.

    Of a Fractal Dream data set the images are fresh draws of its own law, never trained on, and
    those that share a factor are rendered; of other data they are held-out images, then training
    images, and those that share a factor are the 64 nearest in it. names: of the factors;
    default a, b, c, d, or all that vary.
    """
    model.need_encoder("disentanglement")
    if images.params is None:
        raise BadInput(f"{images.name}: no true parameters; give a file of fractaldream render")
    if model.conditional:
        raise BadInput(f"{model.name}: {model.kind} needs labels, these images have none")
    if n < 2 * SHARED:
        raise BadInput(f"n {n}: give {2 * SHARED} or more")
    own = images.param_names == PARAM_NAMES
    names = names or (VISIBLE if own else images.param_names)
    for name in names:
        if name not in images.param_names:
            raise BadInput(f"factor {name!r}: {images.name} has {', '.join(images.param_names)}")
    columns = [images.param_names.index(name) for name in names]
    if not own:
        how = "none"
    family = family_of(images)
    notes = {"fold": how, "data": images.name}
    if family is not None:
        codes, params = [], []
        bar = tqdm(total=n, desc="fresh images", disable=not progress, leave=False)
        for levels, rows in family.fresh(n):
            codes.append(model.encode(family.images(levels)))
            params.append(rows)
            bar.update(len(rows))
        bar.close()
        factors = fold_factors(np.concatenate(params), how)
        known = factors

        def fixed(k: int, rng: np.random.Generator) -> np.ndarray:
            for _ in range(ROUNDS):
                value = float(known[rng.integers(len(known)), columns[k]])
                found = family.sharing(columns[k], value, SHARED, how, rng)
                if found is not None:
                    return model.encode(family.images(found[0]))
            raise BadInput(f"{images.name}: its law refuses nearly all images; use --no-refusals")

        z = np.concatenate(codes)
        notes |= {"images": "fresh", "sharing": "rendered"}
    else:
        rows = np.concatenate([images.held_out, images.train])[:n]
        parts = [rows[start : start + CHUNK] for start in range(0, len(rows), CHUNK)]
        z = np.concatenate(
            [
                model.encode(images.images(part))
                for part in tqdm(parts, desc="encoding", disable=not progress, leave=False)
            ]
        )
        factors = images.params[rows]
        factors = fold_factors(factors, how) if own else factors
        order = np.argsort(factors[:, columns], axis=0, kind="stable")

        def fixed(k: int, rng: np.random.Generator) -> np.ndarray:
            count = min(SHARED, len(z) // 4)
            start = int(rng.integers(len(z) - count + 1))
            near: np.ndarray = z[order[start : start + count, k]]
            return near

        train = max(0, len(rows) - len(images.held_out))
        notes |= {"images": f"{len(rows) - train} held out, {train} of training"}
        notes |= {"sharing": "nearest in the factor"}
    return disentangle(
        z, factors[:, columns], tuple(names), fixed=fixed, settings=settings, notes=notes,
        progress=progress,
    )  # fmt: skip
