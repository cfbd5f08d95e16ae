"""Convolutional towers and generators: those of `aae` and `dcgan`, 9x9, and of `dcgan4`, 4x4.

`depth` and `kernel` are the number and size of the convolutions that halve the side of an image;
the layers that double it mirror them."""

from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor, nn

from fractaldream_models.blocks import UpConv, doubling, halving, scaled


def _channels(depth: int, width: float) -> list[int]:
    """Hidden channels from the image inwards: 64, doubling."""
    return [scaled(64 * 2**k, width) for k in range(depth)]


class Tower(nn.Module):
    """E or D of `aae`: four times conv 9x9 stride 2 pad 4, LeakyReLU, BatchNorm; then Linear.

    (N, C, S, S) -> (N, outputs), S a multiple of 2^depth, kernel odd. Goareguer 2019, tables 1 and
    3, in the form that the experiments ran.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        outputs: int,
        *,
        depth: int = 4,
        kernel: int = 9,
        width: float = 1,
        leak: float = 0.1,
        eps: float = 0.01,
        batchnorm: bool = True,
    ) -> None:
        super().__init__()
        sizes = [channels, *_channels(depth, width)]
        layers: list[nn.Module] = []
        for k, (inputs, hidden) in enumerate(pairwise(sizes)):
            layers += [halving(inputs, hidden, kernel), nn.LeakyReLU(leak, True)]
            if batchnorm and k > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
        self.features = nn.Sequential(*layers, nn.Flatten())
        self.head = nn.Linear(sizes[-1] * (size >> depth) ** 2, outputs)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.features(x))


class UpGenerator(nn.Module):
    """G of `aae`: Linear, LeakyReLU; three times (depth - 1) nearest x2, conv 9x9; conv 3x3; tanh.

    (N, L) -> (N, C, S, S) in [-1, 1], S a multiple of 2^depth, kernel odd. Goareguer 2019, table 2.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        depth: int = 4,
        kernel: int = 9,
        width: float = 1,
        leak: float = 0.1,
        eps: float = 0.01,
        batchnorm: bool = True,
    ) -> None:
        super().__init__()
        sizes = _channels(depth, width)[::-1]
        side = size >> (depth - 1)
        self.stem = nn.Sequential(
            nn.Linear(latent, sizes[0] * side**2),
            nn.LeakyReLU(leak, True),
            nn.Unflatten(1, (sizes[0], side, side)),
        )
        layers: list[nn.Module] = []
        for inputs, hidden in pairwise(sizes):
            layers.append(UpConv(inputs, hidden, kernel))
            if batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(nn.LeakyReLU(leak, True))
        self.body = nn.Sequential(*layers)
        self.image = nn.Sequential(nn.Conv2d(sizes[-1], channels, 3, padding=1), nn.Tanh())

    def forward(self, z: Tensor) -> Tensor:
        return self.image(self.body(self.stem(z)))


def halvings4(size: int) -> int:
    """Halvings down to a side of 4, of a power of two."""
    return (size // 4).bit_length() - 1


class Generator4(nn.Module):
    """G of `dcgan4` (Radford 2015): 4x4 transposed convolutions, 512-256-128-64 at 64 px, tanh.

    The first covers a side of S / 2^depth, which is 4 in the source; the others, of any kernel from
    2, double it. (N, L) -> (N, C, S, S) in [-1, 1]; `classes` > 0 appends the one-hot label to z.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        latent: int,
        *,
        depth: int,
        kernel: int = 4,
        activation: Callable[[], nn.Module] = nn.ReLU,
        width: float = 1,
        eps: float = 1e-5,
        batchnorm: bool = True,
        classes: int = 0,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = [nn.Unflatten(1, (latent + classes, 1, 1))]
        inputs = latent + classes
        for k, hidden in enumerate(_channels(depth, width)[::-1]):
            if k == 0:
                layers.append(nn.ConvTranspose2d(inputs, hidden, size >> depth))
            else:
                layers.append(doubling(inputs, hidden, kernel))
            if batchnorm:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(activation())
            inputs = hidden
        self.net = nn.Sequential(*layers, doubling(inputs, channels, kernel), nn.Tanh())

    def forward(self, z: Tensor, onehot: Tensor | None = None) -> Tensor:
        return self.net(z if onehot is None else torch.cat([z, onehot], 1))


class Discriminator4(nn.Module):
    """D of `dcgan4`: 4x4 convolutions stride 2, 64-128-256-512 at 64 px, LeakyReLU 0.2.

    The last covers the side of S / 2^depth that the others leave. (N, C, S, S) -> (N, 1) logits;
    `classes` > 0 appends the one-hot label as constant planes.
    """

    def __init__(
        self,
        size: int,
        channels: int,
        *,
        depth: int,
        kernel: int = 4,
        leak: float = 0.2,
        width: float = 1,
        eps: float = 1e-5,
        batchnorm: bool = True,
        classes: int = 0,
    ) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        inputs = channels + classes
        for k, hidden in enumerate(_channels(depth, width)):
            layers.append(halving(inputs, hidden, kernel))
            if batchnorm and k > 0:
                layers.append(nn.BatchNorm2d(hidden, eps=eps))
            layers.append(nn.LeakyReLU(leak, True))
            inputs = hidden
        self.net = nn.Sequential(*layers, nn.Conv2d(inputs, 1, size >> depth), nn.Flatten())

    def forward(self, x: Tensor, onehot: Tensor | None = None) -> Tensor:
        if onehot is not None:
            planes = onehot[:, :, None, None].expand(-1, -1, *x.shape[2:])
            x = torch.cat([x, planes.to(x.dtype)], 1)
        return self.net(x)
