"""Load the generators under test: checkpoints and callables."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from evalkit.errors import BadInput
from evalkit.inputs.model import LatentModel, open_model
from evalkit.inputs.model import from_callable as latent_model_of
from evalkit.inputs.pixels import shrink

Sampler = Callable[[np.ndarray], np.ndarray]  # z (N, L) -> images (N, C, 32, 32) in [0, 1]


@dataclass(frozen=True)
class Generator:
    """Something that makes images of latents: a checkpoint's model or a callable.

    latent: L, or None where it is not known before asking. size, colour: of its images.
    model: what was loaded, for its encoder and its configuration.
    """

    name: str
    latent: int | None
    size: int
    colour: bool
    call: Callable[[np.ndarray], np.ndarray]
    model: Any = None
    data: str | None = None  # the data set that it was trained on
    palette: str = "kbc"  # of its colours there

    def images(self, z: np.ndarray) -> np.ndarray:
        """z (N, L) -> float32 (N, C, H, W) in [0, 1]. Raises BadInput."""
        return self.call(z)

    def small(self, z: np.ndarray) -> np.ndarray:
        """z (N, L) -> float32 (N, C, 32, 32)."""
        return shrink(self.images(z))


def load(source: str, *, device: str = "cpu", latent: int | None = None) -> Generator:
    """A checkpoint file, or module:callable looked up from the current folder. Raises BadInput."""
    model = open_model(source, device=device, latent=latent)
    if model.conditional:
        raise BadInput(f"{source}: {model.kind} needs labels, not parameters; give another kind")
    return _generator(model)


def from_callable(
    call: Callable[[np.ndarray], np.ndarray], name: str = "callable", *, latent: int | None = None
) -> Generator:
    """A generator of any function z (N, L) -> images; asked once to learn what it returns."""
    return _generator(latent_model_of(call, name, latent=latent))


def _generator(model: LatentModel) -> Generator:
    read = model.data.get("read", {})
    return Generator(
        model.name, model.latent, model.size, model.channels == 3, model.decode, model.network,
        read.get("source"), read.get("palette") or "kbc",
    )  # fmt: skip
