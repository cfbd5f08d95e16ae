"""Encoders and decoders of `vae`, `ae`, `cvae` and `cvae-gan`: linear and convolutional."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from fractaldream_models.blocks import doubling, halving, mlp, scaled


class LinearEncoder(nn.Module):
    """Image (and one-hot label) -> 512 -> outputs; (N, C, S, S) -> (N, outputs)."""

    def __init__(
        self,
        size: int,
        channels: int,
        outputs: int,
        *,
        activation: Callable[[], nn.Module],
        width: float = 1,
        classes: int = 0,
    ) -> None:
        super().__init__()
        pixels = channels * size**2
        self.net = mlp(pixels + classes, [scaled(512, width)], outputs, activation())

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        x = x.flatten(1)
        return self.net(x if onehot is None else torch.cat([x, onehot], 1))


class LinearDecoder(nn.Module):
    """Latent (and one-hot label) -> 512 -> logits of the pixels; (N, L) -> (N, C, S, S)."""

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        activation: Callable[[], nn.Module],
        width: float = 1,
        classes: int = 0,
    ) -> None:
        super().__init__()
        pixels = channels * size**2
        self.shape = (channels, size, size)
        self.net = mlp(latent + classes, [scaled(512, width)], pixels, activation())

    def forward(self, z: Tensor, onehot: Tensor | None = None) -> Tensor:
        z = z if onehot is None else torch.cat([z, onehot], 1)
        return self.net(z).unflatten(1, self.shape)


class MlpDiscriminator(nn.Module):
    """Image (and one-hot label) -> 512 -> 256 -> one logit, LeakyReLU between."""

    def __init__(
        self, size: int, channels: int, *, leak: float, width: float = 1, classes: int = 0
    ) -> None:
        super().__init__()
        hidden = [scaled(512, width), scaled(256, width)]
        self.net = mlp(channels * size**2 + classes, hidden, 1, nn.LeakyReLU(leak))

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        x = x.flatten(1)
        return self.net(x if onehot is None else torch.cat([x, onehot], 1))


def conv_stages(size: int) -> int:
    """Halvings until a side of at most 8: 28 -> 7 and 32 -> 8 take two, 128 takes four."""
    stages = 0
    while size > 8:
        size //= 2
        stages += 1
    return stages


def _conv_channels(depth: int, width: float) -> list[int]:
    return [scaled(32 * 2**k, width) for k in range(depth)]


class ConvEncoder(nn.Module):
    """4x4 convolutions stride 2 from 32 channels doubling, Linear 256, Linear.

    (N, C, S, S) -> (N, outputs), S a multiple of 2^depth; any kernel from 2.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        outputs: int,
        *,
        depth: int,
        kernel: int = 4,
        activation: Callable[[], nn.Module],
        width: float = 1,
    ) -> None:
        super().__init__()
        sizes = _conv_channels(depth, width)
        layers: list[nn.Module] = []
        for inputs, hidden in pairwise([channels, *sizes]):
            layers += [halving(inputs, hidden, kernel), activation()]
        flat = sizes[-1] * (size >> depth) ** 2
        self.net = nn.Sequential(
            *layers, nn.Flatten(), mlp(flat, [scaled(256, width)], outputs, activation())
        )

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x)


class ConvDecoder(nn.Module):
    """The mirror of ConvEncoder, to logits; (N, L) -> (N, C, S, S)."""

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        depth: int,
        kernel: int = 4,
        activation: Callable[[], nn.Module],
        width: float = 1,
    ) -> None:
        super().__init__()
        sizes = _conv_channels(depth, width)[::-1]
        side = size >> depth
        layers: list[nn.Module] = [
            mlp(latent, [scaled(256, width)], sizes[0] * side**2, activation()),
            activation(),
            nn.Unflatten(1, (sizes[0], side, side)),
        ]
        for inputs, hidden in pairwise(sizes):
            layers += [doubling(inputs, hidden, kernel), activation()]
        self.net = nn.Sequential(*layers, doubling(sizes[-1], channels, kernel))

    def forward(self, z: Tensor) -> Tensor:
        return self.net(z)
