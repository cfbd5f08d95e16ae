"""A generator that carries noise to images along a velocity field (Lipman 2023, Liu 2023)."""

import torch
from torch import Tensor, nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.ode import midpoint
from fractaldream_models.settings import BATCHNORM

from .family import ConvolutionalFamily
from .unet import TimeUNet

FAMILY = ConvolutionalFamily(
    depth=lambda size: max(1, (size // 8).bit_length() - 1),  # down to a side of 8 to 15
    kernel=2,
    space="flow",
    ignores=BATCHNORM | {"architecture", "hidden", "leak"},
    generator_activation="silu",
)


class FlowGenerator(nn.Module):
    """Latents, the pixels of an image of noise, to the image at the end of their path.

    (N, C S S) -> (N, C, S, S) in [-1, 1], S a multiple of 2^depth. The path solves
    dx/dt = velocity(x, t) from the noise at t = 0 in `steps` steps, so that equal latents give
    equal images. More steps can be set after the training.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.shape, self.steps = (config.channels, config.size, config.size), config.ode_steps
        self.unet = TimeUNet(config.channels, FAMILY.layer_options(config))

    def velocity(self, x: Tensor, times: Tensor) -> Tensor:
        """Return the velocity (N, C, S, S) at states (N, C, S, S) and times (N,) in [0, 1]."""
        out: Tensor = self.unet(x, times).to(x.dtype)
        return out

    def forward(self, z: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, C S S)."""
        noise = z.to(torch.promote_types(z.dtype, torch.float32)).reshape(-1, *self.shape)

        def velocity(x: Tensor, time: float) -> Tensor:
            return self.velocity(x, x.new_full((len(x),), time))

        return midpoint(velocity, noise, self.steps).clamp(-1, 1)
