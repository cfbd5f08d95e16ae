"""A small U-Net (Ronneberger 2015) of images and a time, as diffusion models have it (Ho 2020).

`depth` and `kernel` of the layer options are the number and size of the convolutions that halve and
double the side of an image.
"""

import math
from itertools import pairwise

import torch
from torch import Tensor, nn

from fractaldream_models.blocks import doubled_channels, doubling, halving, mlp, scaled

from .family import LayerOptions

FIRST = 32  # hidden channels beside the image
STYLE = 128  # numbers that the time is mapped to
WAVES = 16  # frequencies that the time is seen through
GROUPS = 8  # of GroupNorm, or what divides the channels


class TimeBlock(nn.Module):
    """Two 3x3 convolutions, whose channels the time scales and shifts, added to what they see.

    (N, C, S, S) and styles (N, W) -> (N, outputs, S, S). The sum begins with what the block sees
    alone (Bachlechner 2021, ReZero), so that deep networks train from the first step.
    """

    def __init__(self, inputs: int, outputs: int, style: int) -> None:
        super().__init__()
        self.first = nn.Sequential(
            _normalised(inputs), nn.SiLU(), nn.Conv2d(inputs, outputs, 3, padding=1)
        )
        self.normalised = _normalised(outputs)
        self.modulation = nn.Linear(style, 2 * outputs)
        self.second = nn.Sequential(nn.SiLU(), nn.Conv2d(outputs, outputs, 3, padding=1))
        self.gain = nn.Parameter(torch.zeros(outputs, 1, 1))
        self.skip = nn.Identity() if inputs == outputs else nn.Conv2d(inputs, outputs, 1)

    def forward(self, x: Tensor, style: Tensor) -> Tensor:
        """Return the activations (N, outputs, S, S)."""
        scale, shift = self.modulation(style)[:, :, None, None].chunk(2, 1)
        inner = self.normalised(self.first(x)) * (1 + scale) + shift
        out: Tensor = self.skip(x) + self.gain * self.second(inner)
        return out


class Attention(nn.Module):
    """Self-attention over all pixels, added to what it sees (N, C, S, S); one head."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.normalised = _normalised(channels)
        self.queries_keys_values = nn.Conv2d(channels, 3 * channels, 1)
        self.out = nn.Conv2d(channels, channels, 1)
        self.gain = nn.Parameter(torch.zeros(channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations (N, C, S, S)."""
        queries, keys, values = self.queries_keys_values(self.normalised(x)).flatten(2).chunk(3, 1)
        weights = (queries.mT @ keys / x.shape[1] ** 0.5).softmax(-1)
        out: Tensor = x + self.gain * self.out((values @ weights.mT).reshape(x.shape))
        return out


class TimeUNet(nn.Module):
    """Images (N, C, S, S) and times (N,) in [0, 1] -> (N, C, S, S), S a multiple of 2^depth.

    One block at each side on the way down and on the way up; two, with attention between them, at
    the smallest.
    """

    def __init__(self, channels: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(FIRST, o.depth + 1, o.width)
        style, last = scaled(STYLE, o.width), sizes[-1]
        self.time = nn.Sequential(mlp(2 * WAVES, [style], style, nn.SiLU()), nn.SiLU())
        self.stem = nn.Conv2d(channels, sizes[0], 3, padding=1)
        self.down = nn.ModuleList(TimeBlock(size, size, style) for size in sizes[:-1])
        self.halvings = nn.ModuleList(halving(*pair, o.kernel) for pair in pairwise(sizes))
        self.before, self.after = (TimeBlock(last, last, style) for _ in range(2))
        self.attention = Attention(last)
        self.doublings = nn.ModuleList(
            doubling(*pair, o.kernel) for pair in pairwise(reversed(sizes))
        )
        self.up = nn.ModuleList(TimeBlock(2 * size, size, style) for size in sizes[-2::-1])
        self.image = nn.Sequential(
            _normalised(sizes[0]), nn.SiLU(), nn.Conv2d(sizes[0], channels, 3, padding=1)
        )

    def forward(self, x: Tensor, times: Tensor) -> Tensor:
        """Return what the network makes of images (N, C, S, S) at times (N,)."""
        style = self.time(waves(times).to(self.stem.weight.dtype))
        x = self.stem(x.to(self.stem.weight.dtype))
        skipped = []
        for block, layer in zip(self.down, self.halvings, strict=True):
            x = block(x, style)
            skipped.append(x)
            x = layer(x)
        x = self.after(self.attention(self.before(x, style)), style)
        for layer, block in zip(self.doublings, self.up, strict=True):
            x = block(torch.cat([layer(x), skipped.pop()], 1), style)
        out: Tensor = self.image(x)
        return out


def waves(times: Tensor) -> Tensor:
    """Return sines and cosines of times (N,), (N, 2 WAVES), of half a wave to 128 over [0, 1]."""
    frequencies = math.pi * torch.logspace(0, 8, WAVES, base=2.0, device=times.device)
    angles = times[:, None] * frequencies
    return torch.cat([angles.sin(), angles.cos()], 1)


def _normalised(channels: int) -> nn.GroupNorm:
    return nn.GroupNorm(math.gcd(GROUPS, channels), channels)
