"""Convolutional towers and generators: the 9x9 form of `aae` and `dcgan`, the 4x4 of `dcgan4`."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from .blocks import UpConv9, scaled


class Tower9(nn.Module):
    """E or D of `aae`: four times conv 9x9 stride 2 pad 4, LeakyReLU, BatchNorm; then Linear.

    (N, C, S, S) -> (N, outputs), S a multiple of 16. Goareguer 2019, tables 1 and 3, in the form
    that the experiments ran.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        outputs: int,
        *,
        width: float = 1,
        leak: float = 0.1,
        eps: float = 0.01,
        batchnorm: bool = True,
    ) -> None:
        super().__init__()
        sizes = [channels, *(scaled(c, width) for c in (64, 128, 256, 512))]
        layers: list[nn.Module] = []
        for depth, (inputs, hidden) in enumerate(pairwise(sizes)):
            layers += [nn.Conv2d(inputs, hidden, 9, stride=2, padding=4), nn.LeakyReLU(leak, True)]
            if batchnorm and depth > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(sizes[-1] * (size // 16) ** 2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class Generator9(nn.Module):
    """G of `aae`: Linear, LeakyReLU; three times nearest x2, conv 9x9; conv 3x3; tanh.

    (N, L) -> (N, C, S, S) in [-1, 1], S a multiple of 16. Goareguer 2019, table 2.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        width: float = 1,
        leak: float = 0.1,
        eps: float = 0.01,
        batchnorm: bool = True,
    ) -> None:
        super().__init__()
        sizes = [scaled(c, width) for c in (512, 256, 128, 64)]
        side = size // 8
        self.stem = nn.Sequential(
            nn.Linear(latent, sizes[0] * side**2),
            nn.LeakyReLU(leak, True),
            nn.Unflatten(1, (sizes[0], side, side)),
        )
        layers: list[nn.Module] = []
        for inputs, hidden in pairwise(sizes):
            layers.append(UpConv9(inputs, hidden))
            if batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(nn.LeakyReLU(leak, True))
        self.body = nn.Sequential(*layers)
        self.image = nn.Sequential(nn.Conv2d(sizes[-1], channels, 3, padding=1), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        return self.image(self.body(self.stem(z)))


def _halvings(size: int, width: float) -> list[int]:
    """Hidden channels from the image inwards, 64 doubling, down to a side of 4."""
    return [scaled(64 * 2**k, width) for k in range((size // 4).bit_length() - 1)]


class Generator4(nn.Module):
    """G of `dcgan4` (Radford 2015): 4x4 transposed convolutions, 512-256-128-64 at 64 px, tanh.

    (N, L) -> (N, C, S, S) in [-1, 1], S a power of two from 16; `classes` > 0 appends the
    one-hot label to z.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        activation: Callable[[], nn.Module] = nn.ReLU,
        width: float = 1,
        eps: float = 1e-5,
        batchnorm: bool = True,
        classes: int = 0,
    ) -> None:
        super().__init__()
        sizes = _halvings(size, width)[::-1]
        layers: list[nn.Module] = [nn.Unflatten(1, (latent + classes, 1, 1))]
        inputs = latent + classes
        for depth, hidden in enumerate(sizes):
            stride, padding = (1, 0) if depth == 0 else (2, 1)
            layers.append(nn.ConvTranspose2d(inputs, hidden, 4, stride, padding))
            if batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(activation())
            inputs = hidden
        self.net = nn.Sequential(*layers, nn.ConvTranspose2d(inputs, channels, 4, 2, 1), nn.Tanh())

    def forward(self, z: Tensor, onehot: Tensor | None = None) -> Tensor:
        return self.net(z if onehot is None else torch.cat([z, onehot], 1))


class Discriminator4(nn.Module):
    """D of `dcgan4`: 4x4 convolutions stride 2, 64-128-256-512 at 64 px, LeakyReLU 0.2.

    (N, C, S, S) -> (N, 1) logits; `classes` > 0 appends the one-hot label as constant planes.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        *,
        leak: float = 0.2,
        width: float = 1,
        eps: float = 1e-5,
        batchnorm: bool = True,
        classes: int = 0,
    ) -> None:
        super().__init__()
        sizes = _halvings(size, width)
        layers: list[nn.Module] = []
        inputs = channels + classes
        for depth, hidden in enumerate(sizes):
            layers.append(nn.Conv2d(inputs, hidden, 4, 2, 1))
            if batchnorm and depth > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(nn.LeakyReLU(leak, True))
            inputs = hidden
        self.net = nn.Sequential(*layers, nn.Conv2d(inputs, 1, 4), nn.Flatten())

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        if onehot is not None:
            planes = onehot[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes.to(x.dtype)], 1)
        return self.net(x)
