"""Generator and towers without batch normalisation, whose latents scale and shift every layer.

`depth` and `kernel` of the layer options are the number and size of the convolutions that halve
or double the side of an image. The towers mirror the generator.
"""

from itertools import pairwise

import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models.blocks import doubled_channels, doubling, halving, mlp, scaled
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import BATCHNORM

from .family import ConvolutionalFamily, LayerOptions
from .mirrored import build_mirrored

FIRST = 24  # hidden channels beside the image
STYLE = 128  # numbers that the latents are mapped to

FAMILY = ConvolutionalFamily(
    kernel=4,
    space="modulated",
    ignores=BATCHNORM | {"architecture", "hidden"},
    # Adam and slope of Karras 2020; the loss and the penalties of Huang 2024
    defaults={
        **{"lr_g": 4e-4, "lr_d": 4e-4, "b1": 0.0, "b2": 0.99, "ema": 0.999, "batch": 64},
        **{"leak": 0.2, "adversarial_loss": "relativistic"},
        **{"r1_weight": 0.5, "r2_weight": 0.5, "penalty_every": 8},
    },
    leaky_generator=True,
)

# of kinds that train an encoder beside G: with the penalties of FAMILY, the discriminator is soon
# certain and G learns textures; an average of G's weights would not fit the encoder
BESIDE_ENCODER = {"r1_weight": 5.0, "r2_weight": 5.0, "penalty_every": 4, "ema": 0.0}


class ModulatedLayer(nn.Module):
    """A layer whose channels the style scales and shifts, then LeakyReLU.

    (N, C, S, S) and styles (N, W) -> the output of the layer. Dumoulin 2017 (A learned
    representation for artistic style), without the normalisation.
    """

    def __init__(self, layer: nn.Module, channels: int, style: int, leak: float) -> None:
        super().__init__()
        self.layer, self.leak = layer, leak
        self.modulation = nn.Linear(style, 2 * channels)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return the activations (N, C, S, S)."""
        scale, shift = self.modulation(style)[:, :, None, None].chunk(2, 1)
        return F.leaky_relu(self.layer(x) * (1 + scale) + shift, self.leak)


class ModulatedGenerator(nn.Module):
    """G of `gan`: two linear layers map z to a style; 4x4 transposed convolutions, modulated; tanh.

    192-96-48-24 channels from a side of 4 at 32 px, with one residual block of two 3x3
    convolutions after the first doubling. (N, L) -> (N, C, S, S) in [-1, 1], S a multiple of
    2^depth. The mapping network is that of Karras 2019 (A style-based generator), two layers deep.
    """

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(FIRST, o.depth + 1, o.width)[::-1]
        style, side = scaled(STYLE, o.width), size >> o.depth

        def modulated(layer: nn.Module, channels: int) -> ModulatedLayer:
            return ModulatedLayer(layer, channels, style, o.leak)

        self.mapping = nn.Sequential(
            mlp(latent, [style], style, nn.LeakyReLU(o.leak)), nn.LeakyReLU(o.leak)
        )
        stem = nn.Sequential(
            nn.Linear(style, sizes[0] * side**2), nn.Unflatten(1, (sizes[0], side, side))
        )
        self.stem = modulated(stem, sizes[0])
        self.doublings = nn.ModuleList(
            modulated(doubling(inputs, hidden, o.kernel), hidden)
            for inputs, hidden in pairwise(sizes)
        )
        self.residual = nn.ModuleList(
            modulated(nn.Conv2d(sizes[1], sizes[1], 3, padding=1), sizes[1]) for _ in range(2)
        )
        self.image = nn.Sequential(nn.Conv2d(sizes[-1], channels, 3, padding=1), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L)."""
        style = self.mapping(z)
        x = self.stem(style, style)
        for number, layer in enumerate(self.doublings):
            x = layer(x, style)
            if number == 0:
                inner = x
                for convolution in self.residual:
                    inner = convolution(inner, style)
                x = x + inner
        out: Tensor = self.image(x)
        return out


class Residual(nn.Module):
    """Two 3x3 convolutions around an activation, added to what they see (He 2016)."""

    def __init__(self, channels: int, leak: float) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(leak),
            nn.Conv2d(channels, channels, 3, padding=1),
            nn.LeakyReLU(leak),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, C, S, S) and what the convolutions make of it."""
        out: Tensor = x + self.net(x)
        return out


class PlainTower(nn.Module):
    """E or D, the mirror of `ModulatedGenerator` without its styles.

    (N, C, S, S) -> (N, outputs), S a multiple of 2^depth.
    """

    def __init__(self, size: int, channels: int, outputs: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(FIRST, o.depth + 1, o.width)
        layers: list[nn.Module] = [
            nn.Conv2d(channels, sizes[0], 3, padding=1),
            nn.LeakyReLU(o.leak),
        ]
        for number, (inputs, hidden) in enumerate(pairwise(sizes), 1):
            if number == o.depth:
                layers.append(Residual(inputs, o.leak))
            layers += [halving(inputs, hidden, o.kernel), nn.LeakyReLU(o.leak)]
        flat = sizes[-1] * (size >> o.depth) ** 2
        self.net = nn.Sequential(*layers, nn.Flatten(), nn.Linear(flat, outputs))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the network makes of images (N, C, S, S)."""
        out: Tensor = self.net(x)
        return out


def generator_and_towers(config: ModelConfig, **outputs: int) -> dict[str, nn.Module]:
    """Return G and one tower for each name, with that many outputs."""
    options = FAMILY.layer_options(config)
    return build_mirrored(config, options, ModulatedGenerator, PlainTower, outputs)
