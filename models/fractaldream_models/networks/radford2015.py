"""Generator and discriminator of Radford 2015: 4x4 convolutions, transposed in the generator.

`depth` and `kernel` of the layer options are the number and size of the convolutions that halve
or double the side of an image, beside the one that covers the smallest side whole.
"""

import torch
from torch import Tensor, nn

from fractaldream_models.blocks import doubled_channels, doubling, halving
from fractaldream_models.model import ModelConfig

from .family import ConvolutionalFamily, LayerOptions

FAMILY = ConvolutionalFamily(
    kernel=4,
    space="gan",
    ignores=frozenset({"architecture"}),
    # learning rates, b1, epsilon and slope of the paper
    defaults={"lr_g": 2e-4, "lr_d": 2e-4, "b1": 0.5, "bn_eps": 1e-5, "leak": 0.2},
)


class TransposedGenerator(nn.Module):
    """G of `dcgan4` (Radford 2015): 4x4 transposed convolutions, 512-256-128-64 at 64 px, tanh.

    The first covers a side of S / 2^depth, which is 4 in the paper; the others, of any kernel from
    2, double it. (N, L) -> (N, C, S, S) in [-1, 1]; `classes` > 0 appends the one-hot label to z.
    """

    def __init__(
        self, size: int, channels: int, latent: int, options: LayerOptions, *, classes: int = 0
    ) -> None:
        super().__init__()
        o = options
        layers: list[nn.Module] = [nn.Unflatten(1, (latent + classes, 1, 1))]
        inputs = latent + classes
        for k, hidden in enumerate(doubled_channels(64, o.depth, o.width)[::-1]):
            if k == 0:
                layers.append(nn.ConvTranspose2d(inputs, hidden, size >> o.depth))
            else:
                layers.append(doubling(inputs, hidden, o.kernel))
            if o.batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=o.eps))
            layers.append(o.activation())
            inputs = hidden
        self.net = nn.Sequential(*layers, doubling(inputs, channels, o.kernel), nn.Tanh())

    def forward(self, z: Tensor, onehot: Tensor | None = None) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L) and labels."""
        out: Tensor = self.net(z if onehot is None else torch.cat([z, onehot], 1))
        return out


class StridedDiscriminator(nn.Module):
    """D of `dcgan4`: 4x4 convolutions stride 2, 64-128-256-512 at 64 px, LeakyReLU.

    The last covers the side of S / 2^depth that the others leave. (N, C, S, S) -> (N, 1) logits;
    `classes` > 0 appends the one-hot label as constant planes.
    """

    def __init__(
        self, size: int, channels: int, options: LayerOptions, *, classes: int = 0
    ) -> None:
        super().__init__()
        o = options
        layers: list[nn.Module] = []
        inputs = channels + classes
        for k, hidden in enumerate(doubled_channels(64, o.depth, o.width)):
            layers.append(halving(inputs, hidden, o.kernel))
            if o.batchnorm and k > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=o.eps))
            layers.append(nn.LeakyReLU(o.leak, True))
            inputs = hidden
        self.net = nn.Sequential(*layers, nn.Conv2d(inputs, 1, size >> o.depth), nn.Flatten())

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        """Return the logits of images (N, C, S, S) and labels."""
        if onehot is not None:
            planes = onehot[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes.to(x.dtype)], 1)
        out: Tensor = self.net(x)
        return out


def generator_and_discriminator(config: ModelConfig) -> dict[str, nn.Module]:
    """Return G and D, told the label where the configuration has classes."""
    c = config
    options = FAMILY.layer_options(c)
    return {
        "generator": TransposedGenerator(c.size, c.channels, c.latent, options, classes=c.classes),
        "discriminator": StridedDiscriminator(c.size, c.channels, options, classes=c.classes),
    }
