"""Coupled networks of Liu 2016: two generators and two discriminators that share most layers.

The networks are those of `radford2015`, whose layers next to the image exist once a domain. In the
generators that is the last layer, in the discriminators the first, as in the paper.
"""

import torch
from torch import Tensor, nn

from fractaldream_models.model import ModelConfig

from .family import LayerOptions
from .radford2015 import FAMILY, StridedDiscriminator, TransposedGenerator

DOMAINS = 2


def chosen_by_label(onehot: Tensor, of_each: list[Tensor]) -> Tensor:
    """Return for each row what the network of its domain made of it.

    Parameters
    ----------
    onehot
        The domains, (N, 2); shares of both mix what the networks made.
    of_each
        (N, C, S, S) of each domain.
    """
    weights = onehot.to(of_each[0].dtype)[:, :, None, None, None]
    return (weights * torch.stack(of_each, 1)).sum(1)


class CoupledGenerator(nn.Module):
    """Two generators that share all layers but the last: (N, L) and domains to (N, C, S, S)."""

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        generators = [TransposedGenerator(size, channels, latent, options) for _ in range(DOMAINS)]
        self.shared = generators[0].net[:-2]
        self.images = nn.ModuleList(network.net[-2:] for network in generators)

    def forward(self, z: Tensor, onehot: Tensor) -> Tensor:
        """Return images in [-1, 1] of latents (N, L) in the domains (N, 2)."""
        hidden = self.shared(z)
        return chosen_by_label(onehot, [image(hidden) for image in self.images])


class CoupledDiscriminator(nn.Module):
    """Two discriminators that share all layers but the first: (N, C, S, S), domains to (N, 1)."""

    def __init__(self, size: int, channels: int, options: LayerOptions) -> None:
        super().__init__()
        discriminators = [StridedDiscriminator(size, channels, options) for _ in range(DOMAINS)]
        self.first = nn.ModuleList(network.net[:2] for network in discriminators)
        self.shared = discriminators[0].net[2:]

    def forward(self, x: Tensor, onehot: Tensor) -> Tensor:
        """Return the logits (N, 1) of images (N, C, S, S) of the domains (N, 2)."""
        out: Tensor = self.shared(chosen_by_label(onehot, [first(x) for first in self.first]))
        return out


def coupled_networks(config: ModelConfig) -> dict[str, nn.Module]:
    """Return both generators and both discriminators."""
    c = config
    options = FAMILY.layer_options(c)
    return {
        "generator": CoupledGenerator(c.size, c.channels, c.latent, options),
        "discriminator": CoupledDiscriminator(c.size, c.channels, options),
    }
