"""Translators and discriminators of Zhu 2017: residual blocks, instance norm, verdicts on patches.

`depth` and `kernel` of the layer options are the number and size of the convolutions that halve
the side of an image in a translator; the layers that double it mirror them.
"""

from dataclasses import dataclass
from itertools import pairwise

from torch import Tensor, nn

from fractaldream_base.errors import BadInput
from fractaldream_models.blocks import doubled_channels, doubling, halving
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import BATCHNORM

from .family import ConvolutionalFamily, LayerOptions
from .liu2016 import DOMAINS, chosen_by_label

SMALLEST = 12  # side of the images; instance norm needs more than one patch
BLOCKS = 6  # residual blocks of a translator, as in the paper for images of 128 px


@dataclass(frozen=True, kw_only=True)
class TranslatorFamily(ConvolutionalFamily):
    """Translators, and discriminators of patches, both with instance norm."""

    def check(self, config: ModelConfig) -> None:
        """Refuse images and convolutions that do not fit. Raises BadInput."""
        super().check(config)
        depth = self.resolve(config).depth
        if config.size < SMALLEST:
            raise BadInput(
                f"size {config.size}: {config.kind} judges patches, and needs {SMALLEST} px or "
                "more; add --set size=64 --set resize=true"
            )
        if config.size >> depth < 2:  # of one pixel there is no instance norm
            raise BadInput(
                f"depth={depth}: leaves {config.kind} one pixel of {config.size}; "
                f"give {depth - 1} or less"
            )


FAMILY = TranslatorFamily(
    depth=lambda size: 2,
    kernel=3,
    space="cyclegan",
    odd=True,
    ignores=BATCHNORM | {"architecture"},
    # learning rates, b1 and slope of the paper
    defaults={"lr_g": 2e-4, "lr_d": 2e-4, "b1": 0.5, "leak": 0.2},
)


class Block(nn.Module):
    """Two 3x3 convolutions with instance norm, added to what they see."""

    def __init__(self, channels: int, options: LayerOptions) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
            options.activation(),
            nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(channels),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, C, S, S) and what the convolutions make of it."""
        out: Tensor = x + self.net(x)
        return out


class Translator(nn.Module):
    """Images to images: 7x7, halvings, six residual blocks, doublings, 7x7, tanh.

    64-128-256 channels. (N, C, S, S) -> (N, C, S, S) in [-1, 1], S a multiple of 2^depth. The
    network is that of Johnson 2016 (Perceptual losses for real-time style transfer).
    """

    def __init__(self, channels: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(64, o.depth + 1, o.width)

        def normed(layer: nn.Module, outputs: int) -> list[nn.Module]:
            return [layer, nn.InstanceNorm2d(outputs), o.activation()]

        def wide(inputs: int, outputs: int) -> nn.Conv2d:
            return nn.Conv2d(inputs, outputs, 7, padding=3, padding_mode="reflect")

        layers = normed(wide(channels, sizes[0]), sizes[0])
        for inputs, hidden in pairwise(sizes):
            layers += normed(halving(inputs, hidden, o.kernel), hidden)
        layers += [Block(sizes[-1], o) for _ in range(BLOCKS)]
        for inputs, hidden in pairwise(sizes[::-1]):
            layers += normed(doubling(inputs, hidden, o.kernel), hidden)
        self.net = nn.Sequential(*layers, wide(sizes[0], channels), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Return the translations of images (N, C, S, S)."""
        out: Tensor = self.net(x)
        return out


class Translators(nn.Module):
    """One translator from each of two domains to the other."""

    def __init__(self, channels: int, options: LayerOptions) -> None:
        super().__init__()
        self.of_each = nn.ModuleList(Translator(channels, options) for _ in range(DOMAINS))

    def forward(self, x: Tensor, onehot: Tensor) -> Tensor:
        """Return the translations of images (N, C, S, S) of the domains (N, 2)."""
        return chosen_by_label(onehot, [translator(x) for translator in self.of_each])


class PatchDiscriminator(nn.Module):
    """4x4 convolutions from 64 channels on, LeakyReLU, instance norm; a verdict for each patch.

    Three of stride 2 and one of stride 1 judge patches of 70 px, as in the paper. Images below
    128 px have one less of stride 2, whose patches have 34 px. (N, C, S, S) -> (N, 1, P, P).
    """

    def __init__(self, size: int, channels: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        halvings = 3 if size >= 128 else 2
        sizes = [channels, *doubled_channels(64, halvings + 1, o.width)]
        layers: list[nn.Module] = []
        for number, (inputs, hidden) in enumerate(pairwise(sizes)):
            stride = 2 if number < halvings else 1
            layers.append(nn.Conv2d(inputs, hidden, 4, stride, 1))
            if number > 0:
                layers.append(nn.InstanceNorm2d(hidden))
            layers.append(nn.LeakyReLU(o.leak))
        self.net = nn.Sequential(*layers, nn.Conv2d(sizes[-1], 1, 4, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the verdicts on the patches of images (N, C, S, S)."""
        out: Tensor = self.net(x)
        return out


class Discriminators(nn.Module):
    """One discriminator of patches for each of two domains."""

    def __init__(self, size: int, channels: int, options: LayerOptions) -> None:
        super().__init__()
        self.of_each = nn.ModuleList(
            PatchDiscriminator(size, channels, options) for _ in range(DOMAINS)
        )

    def forward(self, x: Tensor, onehot: Tensor) -> Tensor:
        """Return the mean verdict (N, 1) on images (N, C, S, S) of the domains (N, 2)."""
        verdicts = [discriminator(x) for discriminator in self.of_each]
        return chosen_by_label(onehot, verdicts).mean((2, 3))


def translators_and_discriminators(config: ModelConfig) -> dict[str, nn.Module]:
    """Return both translators and both discriminators."""
    options = FAMILY.layer_options(config)
    return {
        "generator": Translators(config.channels, options),
        "discriminator": Discriminators(config.size, config.channels, options),
    }
