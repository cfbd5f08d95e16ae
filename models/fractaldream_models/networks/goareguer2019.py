"""Towers and generators of Goareguer 2019: 9x9 convolutions, nearest-neighbour upsampling.

`depth` and `kernel` of the layer options are the number and size of the convolutions that halve
the side of an image; the layers that double it mirror them.
"""

from itertools import pairwise

from torch import Tensor, nn

from fractaldream_models.blocks import UpConv, doubled_channels, halving
from fractaldream_models.model import ModelConfig

from .family import ConvolutionalFamily, LayerOptions
from .mirrored import build_mirrored

FAMILY = ConvolutionalFamily(
    depth=lambda size: 4,
    kernel=9,
    space="gan",
    odd=True,
    ignores=frozenset({"architecture", "hidden"}),
    leaky_generator=True,
)


class Tower(nn.Module):
    """E or D of `aae`: four times conv 9x9 stride 2 pad 4, LeakyReLU, BatchNorm; then Linear.

    (N, C, S, S) -> (N, outputs), S a multiple of 2^depth, kernel odd. Goareguer 2019, tables 1 and
    3, in the form that the experiments ran.
    """

    def __init__(self, size: int, channels: int, outputs: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = [channels, *doubled_channels(64, o.depth, o.width)]
        layers: list[nn.Module] = []
        for k, (inputs, hidden) in enumerate(pairwise(sizes)):
            layers += [halving(inputs, hidden, o.kernel), nn.LeakyReLU(o.leak, True)]
            if o.batchnorm and k > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=o.eps))
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(sizes[-1] * (size >> o.depth) ** 2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        """Return what the network makes of images (N, C, S, S)."""
        out: Tensor = self.head(self.features(x))
        return out


class UpGenerator(nn.Module):
    """G of `aae`: Linear, LeakyReLU; three times (depth - 1) nearest x2, conv 9x9; conv 3x3; tanh.

    (N, L) -> (N, C, S, S) in [-1, 1], S a multiple of 2^depth, kernel odd. Goareguer 2019, table 2.
    """

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(64, o.depth, o.width)[::-1]
        side = size >> (o.depth - 1)
        self.stem = nn.Sequential(
            nn.Linear(latent, sizes[0] * side**2),
            nn.LeakyReLU(o.leak, True),
            nn.Unflatten(1, (sizes[0], side, side)),
        )
        layers: list[nn.Module] = []
        for inputs, hidden in pairwise(sizes):
            layers.append(UpConv(inputs, hidden, o.kernel))
            if o.batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=o.eps))
            layers.append(nn.LeakyReLU(o.leak, True))
        self.body = nn.Sequential(*layers)
        self.image = nn.Sequential(nn.Conv2d(sizes[-1], channels, 3, padding=1), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L)."""
        out: Tensor = self.image(self.body(self.stem(z)))
        return out


def generator_and_towers(config: ModelConfig, **outputs: int) -> dict[str, nn.Module]:
    """Return G and one tower for each name, with that many outputs."""
    options = FAMILY.layer_options(config)
    return build_mirrored(config, options, UpGenerator, Tower, outputs)
