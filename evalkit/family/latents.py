"""The latents of a model that was trained on pairs of parameters and images."""

import numpy as np

from evalkit.inputs.model import LatentModel
from fractaldream.recipe import PARAM_NAMES

from .renderer import Renderer


def paired_latents(model: LatentModel, renderer: Renderer, v: np.ndarray) -> np.ndarray:
    """Return the latents (N, 6) that a model takes for standardised parameters v (N, 6).

    A model that was trained on pairs takes parameters as latents, standardised by the sample that
    it learnt from; these lead from the units of the renderer to those of the model. The latents of
    any other model have no units, and are v itself.
    """
    network, facts = model.network, model.data
    if network is None or "paired" not in network.metrics or renderer.mapping != "standard":
        return v
    if tuple(facts.get("param_names", ())) != PARAM_NAMES:
        return v
    mean, scale = np.array(facts["param_mean"]), np.array(facts["param_scale"])
    latents: np.ndarray = (renderer.parameters(v) - mean) / scale
    return latents
