"""Decode while somebody waits: the same network, its convolutions folded beforehand."""

import copy
import time
from dataclasses import replace

import numpy as np

from evalkit.inputs.model import LatentModel

LIVE = 0.1  # s that one image may take before bfloat16 is tried


def prepared(model: LatentModel) -> LatentModel:
    """Return the model for decoding one image at a time, as fast as that goes.

    Its weights are folded once, and all threads work on the same image, so that the last bits of
    an image depend on how many threads there are.
    """
    if model.network is None:
        return model
    from evalkit.inputs.folding import folded

    return replace(model, network=folded(model.network), reproducible=False)


def live(model: LatentModel) -> tuple[LatentModel, str]:
    """Return the model for one image at a time, and in what numbers it computes.

    That is float32, or bfloat16 (which rounds by about a grey level) where float32 takes longer
    than LIVE and bfloat16 does not take as long.
    """
    if model.network is None:
        return model, "float32"
    exact = _seconds(model)
    if exact < LIVE:
        return model, "float32"
    from torch import Tensor, nn

    class Rounded(nn.Module):
        def __init__(self, inner: nn.Module) -> None:
            super().__init__()
            self.inner = inner.bfloat16()

        def forward(self, z: Tensor, *onehot: Tensor) -> Tensor:
            images: Tensor = self.inner(z.bfloat16(), *(part.bfloat16() for part in onehot))
            return images.float()

    network = copy.deepcopy(model.network)
    network.generator = Rounded(network.generator)
    rounded = replace(model, network=network)
    return (rounded, "bfloat16") if _seconds(rounded) < exact else (model, "float32")


def _seconds(model: LatentModel) -> float:
    """Return how long one latent takes to decode: the better of two, after a first."""
    z = np.zeros((1, model.latent))
    labels = np.zeros(1, int) if model.conditional else None
    durations = []
    for _ in range(3):
        started = time.perf_counter()
        model.decode(z, labels)
        durations.append(time.perf_counter() - started)
    return min(durations[1:])
