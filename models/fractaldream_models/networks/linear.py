"""Networks of linear layers: encoder, decoder and discriminator, with or without labels."""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from fractaldream_models.blocks import mlp, scaled
from fractaldream_models.settings import BATCHNORM

from .family import LinearFamily

FAMILY = LinearFamily(space="cvae", ignores=BATCHNORM | {"architecture"})


@dataclass(frozen=True)
class LinearOptions:
    """Activation, factor on the hidden units, and number of classes of the label (0: none)."""

    activation: Callable[[], nn.Module]
    width: float = 1
    classes: int = 0


class LinearEncoder(nn.Module):
    """Image (and one-hot label) -> 512 -> outputs; (N, C, S, S) -> (N, outputs)."""

    def __init__(self, size: int, channels: int, outputs: int, options: LinearOptions) -> None:
        super().__init__()
        pixels = channels * size**2
        o = options
        self.net = mlp(pixels + o.classes, [scaled(512, o.width)], outputs, o.activation())

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        """Return what the network makes of images (N, C, S, S) and labels."""
        x = x.flatten(1)
        out: Tensor = self.net(x if onehot is None else torch.cat([x, onehot], 1))
        return out


class LinearDecoder(nn.Module):
    """Latent (and one-hot label) -> 512 -> logits of the pixels; (N, L) -> (N, C, S, S)."""

    def __init__(self, size: int, channels: int, latent: int, options: LinearOptions) -> None:
        super().__init__()
        pixels = channels * size**2
        self.shape = (channels, size, size)
        o = options
        self.net = mlp(latent + o.classes, [scaled(512, o.width)], pixels, o.activation())

    def forward(self, z: Tensor, onehot: Tensor | None = None) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L) and labels."""
        z = z if onehot is None else torch.cat([z, onehot], 1)
        out: Tensor = self.net(z).unflatten(1, self.shape)
        return out


class MlpDiscriminator(nn.Module):
    """Image (and one-hot label) -> 512 -> 256 -> one logit, LeakyReLU between."""

    def __init__(
        self, size: int, channels: int, *, leak: float, width: float = 1, classes: int = 0
    ) -> None:
        super().__init__()
        hidden = [scaled(512, width), scaled(256, width)]
        self.net = mlp(channels * size**2 + classes, hidden, 1, nn.LeakyReLU(leak))

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        """Return the logits of images (N, C, S, S) and labels."""
        x = x.flatten(1)
        out: Tensor = self.net(x if onehot is None else torch.cat([x, onehot], 1))
        return out
