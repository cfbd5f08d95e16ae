"""FD(v) beside G(v): the true attractor and what the model makes of the same six numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.family.latents import paired_latents
from evalkit.family.law_units import LAW_UNITS
from evalkit.family.renderer import Renderer, renderer_of
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink
from evalkit.inputs.provenance import recorded_recipe
from fractaldream.recipe import PARAM_NAMES, Recipe

from .decoded_plane import to_bytes


@dataclass(frozen=True)
class AttractorPair:
    """FD(v) and G(v), uint8 (S, S, C), and how far apart they are.

    params are x0, y0, a, b, c, d (6,). rmse is that of pixels in [0, 1], rmse32 the same at 32 px,
    and ssim the structural similarity of the images' means over colours. generated and the figures
    are None where there is no G(v).
    """

    params: np.ndarray
    true: np.ndarray
    generated: np.ndarray | None = None
    rmse: float | None = None
    rmse32: float | None = None
    ssim: float | None = None


@dataclass(frozen=True)
class TrueAttractor:
    """FD at a data set's settings, and how a model is asked for the same v.

    way is `G(v)` where L is 6; `G(E(FD(v)))` where it is not and there is an encoder; else empty.
    """

    renderer: Renderer
    model: LatentModel
    way: str

    def standardised(self, params: np.ndarray) -> np.ndarray | None:
        """Return the v (N, 6) of parameters (N, 6); None where the map is not `standard`."""
        if self.renderer.mapping != "standard":
            return None
        out: np.ndarray = (params - np.array(self.renderer.mean)) / np.array(self.renderer.scale)
        return out

    def drawn_pixels(self, images: np.ndarray) -> np.ndarray:
        """Return how many pixels of images, uint8 (N, S, S, C), an orbit visited: int (N,)."""
        blank = self.renderer.colours(np.zeros((1, 1, 1), np.uint8))[0, 0, 0]
        return np.asarray((images != blank).any(3).sum((1, 2)))

    def pair(self, v: np.ndarray) -> AttractorPair:
        """Return the two images of standardised parameters v (6,)."""
        v = np.asarray(v, float)[None]
        true = self.renderer.colours(self.renderer.levels(v))[0]
        params = self.renderer.parameters(v)[0]
        if not self.way:
            return AttractorPair(params, true)
        unit = np.ascontiguousarray(true.transpose(2, 0, 1)[None], np.float32) / 255
        paired = self.way == "G(v)"
        z = paired_latents(self.model, self.renderer, v) if paired else self.model.encode(unit)
        generated = self.model.decode(z)
        from skimage.metrics import structural_similarity

        first, second = (images[0].mean(0) for images in (unit, generated))
        return AttractorPair(
            params,
            true,
            to_bytes(generated)[0],
            float(np.sqrt(np.square(unit - generated).mean())),
            float(np.sqrt(np.square(shrink(unit) - shrink(generated)).mean())),
            float(structural_similarity(first, second, data_range=1.0)),
        )


def true_attractor_of(
    data: ImageSet | None, model: LatentModel, mapping: str
) -> TrueAttractor | None:
    """Return FD as the data set has it, beside a model.

    Parameters
    ----------
    data
        The images that are shown; None for the recipe that the checkpoint records.
    model
        The model for one image at a time, see `decoder.live`.
    mapping
        From v to Fractal Dream's parameters: standard, 2019 or fdd.

    Returns
    -------
    TrueAttractor or None
        None where the data are no data set of the renderer, or are shown resized, and where
        nothing is recorded.

    Raises
    ------
    BadInput
        If there is no such mapping.
    """
    source = _recorded(model) if data is None else _file_of(data, model.size)
    if source is None or model.conditional:
        return None
    facts = model.data if data is None else data.data.facts or {}
    palette = facts.get("read", {}).get("palette", "kbc")
    renderer = renderer_of(
        source,
        mapping=mapping,
        size=model.size,
        palette=palette if model.channels == 3 else None,
        constant=True,  # such as x0 and y0 of the law pickover
    )
    through = "G(E(FD(v)))" if model.encodes else ""
    return TrueAttractor(renderer, model, "G(v)" if model.latent == len(PARAM_NAMES) else through)


def _recorded(model: LatentModel) -> Recipe | None:
    """Return the recipe that a checkpoint records, where it is one of a law at the model's size."""
    recipe = recorded_recipe(model.data)
    fits = recipe is not None and recipe.law in LAW_UNITS and recipe.size == model.size
    return recipe if fits else None


def _file_of(data: ImageSet, size: int) -> str | None:
    """Return the data set file of images; None where it is none of the renderer at this size."""
    if data.param_names != PARAM_NAMES or not Path(data.name).is_file():
        return None
    from fractaldream import open as open_dataset

    with open_dataset(data.name) as file:
        return data.name if file.recipe.size == size else None
