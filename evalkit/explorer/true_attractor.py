"""FD(v) beside G(v): the true attractor and what the model makes of the same six numbers."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from evalkit.family.renderer import Renderer, renderer_of
from evalkit.inputs.images import ImageSet
from evalkit.inputs.model import LatentModel
from evalkit.inputs.pixels import shrink
from fractaldream.recipe import PARAM_NAMES

from .plane_view import to_bytes


@dataclass(frozen=True)
class Beside:
    """FD(v) and G(v), uint8 (S, S, C), and how far apart they are.

    rmse: of pixels in [0, 1]; rmse32: of the same at 32 px; ssim: structural similarity of the
    images' means over colours. G and its figures are None where there is no G(v).
    """

    params: np.ndarray  # (6,)
    true: np.ndarray
    made: np.ndarray | None
    rmse: float | None
    rmse32: float | None
    ssim: float | None


@dataclass(frozen=True)
class Family:
    """FD at a data set's settings, and how a model is asked for the same v.

    way: `G(v)` where L is 6; `G(E(FD(v)))` where it is not and there is an encoder; else empty.
    """

    renderer: Renderer
    model: LatentModel
    way: str

    def beside(self, v: np.ndarray) -> Beside:
        """The two images of v (6,)."""
        v = np.asarray(v, float)[None]
        levels = self.renderer.levels(v)
        true = self.renderer.colours(levels)[0]
        params = self.renderer.parameters(v)[0]
        if not self.way:
            return Beside(params, true, None, None, None, None)
        unit = np.ascontiguousarray(true.transpose(2, 0, 1)[None], np.float32) / 255
        z = v if self.way == "G(v)" else self.model.encode(unit)
        made = self.model.decode(z)
        from skimage.metrics import structural_similarity

        first, second = (images[0].mean(0) for images in (unit, made))
        return Beside(
            params,
            true,
            to_bytes(made)[0],
            float(np.sqrt(np.square(unit - made).mean())),
            float(np.sqrt(np.square(shrink(unit) - shrink(made)).mean())),
            float(structural_similarity(first, second, data_range=1.0)),
        )


def family_of(data: ImageSet, model: LatentModel, mapping: str) -> Family | None:
    """FD as the data set has it, for a model (for looking: see `decoder.live`); None where the
    data are no data set of the renderer, or are shown resized. Raises BadInput."""
    if data.param_names != PARAM_NAMES or not Path(data.name).is_file() or model.conditional:
        return None
    from fractaldream import open as open_dataset

    with open_dataset(data.name) as file:
        if file.recipe.size != model.size:
            return None
    colours = (data.data.facts or {}).get("read", {}).get("palette", "kbc")
    renderer = renderer_of(
        data.name, mapping=mapping, size=model.size, colour=model.channels == 3, palette=colours
    )
    through = "G(E(FD(v)))" if model.encodes else ""
    way = "G(v)" if model.latent == len(PARAM_NAMES) else through
    return Family(renderer, model, way)
