"""Generator and autoencoding critic of BEGAN (Berthelot 2017): pairs of 3x3 convolutions.

`depth` and `kernel` of the layer options are the number of times that the side of an image is
halved or doubled, and the size of all convolutions.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models.blocks import scaled
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import BATCHNORM

from .family import ConvolutionalFamily, LayerOptions, halvings_to_8

FIRST = 32  # hidden channels n beside the image

FAMILY = ConvolutionalFamily(
    depth=halvings_to_8,
    kernel=3,
    space="adversary",
    odd=True,
    ignores=BATCHNORM | {"architecture", "leak"},
    # the activation, b1 and the rates of the paper
    defaults={"hidden": "elu", "lr_g": 1e-4, "lr_d": 1e-4, "b1": 0.5, "latent": 64},
)


def _pair(channels: int, options: LayerOptions) -> list[nn.Module]:
    """Return two convolutions that keep side and channels, each with an activation."""
    kernel = options.kernel
    layers: list[nn.Module] = []
    for _ in range(2):
        layers.append(nn.Conv2d(channels, channels, kernel, padding=kernel // 2))
        layers.append(options.activation())
    return layers


class PairDecoder(nn.Module):
    """G of `began`, and the decoder of its critic: n channels throughout, nearest x2; tanh.

    (N, L) -> (N, C, S, S) in [-1, 1], S a multiple of 2^depth. The paper has no tanh.
    """

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        hidden, side = scaled(FIRST, o.width), size >> o.depth
        layers: list[nn.Module] = [
            nn.Linear(latent, hidden * side**2),
            nn.Unflatten(1, (hidden, side, side)),
            *_pair(hidden, o),
        ]
        for _ in range(o.depth):
            layers += [nn.Upsample(scale_factor=2), *_pair(hidden, o)]
        image = nn.Conv2d(hidden, channels, o.kernel, padding=o.kernel // 2)
        self.net = nn.Sequential(*layers, image, nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L)."""
        out: Tensor = self.net(z)
        return out


class PairEncoder(nn.Module):
    """The encoder of the critic: n, 2 n, 3 n ... channels, halved by convolutions of stride 2.

    (N, C, S, S) -> (N, L), S a multiple of 2^depth.
    """

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = [scaled(FIRST * k, o.width) for k in range(1, o.depth + 2)]
        padding = o.kernel // 2
        layers: list[nn.Module] = [
            nn.Conv2d(channels, sizes[0], o.kernel, padding=padding),
            o.activation(),
            *_pair(sizes[0], o),
        ]
        for inputs, hidden in pairwise(sizes):
            layers += [nn.Conv2d(inputs, hidden, o.kernel, 2, padding), o.activation()]
            layers += _pair(hidden, o)
        flat = sizes[-1] * (size >> o.depth) ** 2
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, latent))

    def forward(self, x: Tensor) -> Tensor:
        """Return the codes of images (N, C, S, S)."""
        out: Tensor = self.net(x)
        return out


class AutoencodingCritic(nn.Module):
    """The critic of `began`: images that it reconstructs badly are fakes; (N, C, S, S) -> (N,)."""

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        self.encoder = PairEncoder(size, channels, latent, options)
        self.decoder = PairDecoder(size, channels, latent, options)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mean absolute error of the reconstruction of each image (N, C, S, S)."""
        decoded = self.decoder(self.encoder(x))
        return F.l1_loss(decoded.float(), x, reduction="none").mean((1, 2, 3))


def generator_and_critic(config: ModelConfig) -> dict[str, nn.Module]:
    """Return G and the critic of a configuration, whose codes have as many numbers as a latent."""
    c = config
    options = FAMILY.layer_options(c)
    return {
        "generator": PairDecoder(c.size, c.channels, c.latent, options),
        "critic": AutoencodingCritic(c.size, c.channels, c.latent, options),
    }
