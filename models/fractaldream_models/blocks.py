"""Layers that several networks share, and the weights that they start from."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from fractaldream_models import winograd

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh, "elu": nn.ELU}


def _folding(kernel: int) -> Tensor:
    """Return the map from the taps of a k x k kernel, k odd, to those of its four m x m phases.

    After nearest x2, output row 2i+p sees input row i + floor((p + t - k // 2) / 2) through tap t:
    k taps fall on m = 2 reach + 1 rows around row i, whichever phase p; nine on five.
    The map is float32 (k^2, 4 m^2).
    """
    reach = (kernel // 2 + 1) // 2
    rows = torch.zeros(kernel, 2, 2 * reach + 1)  # tap, phase, row offset + reach
    for phase in (0, 1):
        for tap in range(kernel):
            rows[tap, phase, (phase + tap - kernel // 2) // 2 + reach] = 1
    # (tap y, tap x) -> (phase y, phase x, row, column)
    return torch.einsum("apr,bqc->abpqrc", rows, rows).reshape(kernel**2, -1)


class UpConv(nn.Module):
    """Nearest x2, then conv k x k, k odd, computed as a smaller conv to 4 C and pixel shuffle.

    The parameters are those of the k x k convolution. 81 taps per output pixel become 25 (k = 9),
    49 become 25, 25 become 9, and the input keeps its small size; values and gradients agree with
    `plain` to rounding. (N, in, H, W) -> (N, out, 2H, 2W).
    """

    folding: Tensor

    def __init__(self, inputs: int, outputs: int, kernel: int = 9) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)
        self.register_buffer("folding", _folding(kernel), persistent=False)

    def folded(self) -> tuple[Tensor, Tensor]:
        """Return weight (4 out, in, m, m) and bias (4 out,) of the smaller convolution, m odd."""
        weight, bias = self.conv.weight, self.conv.bias
        assert bias is not None
        outputs, inputs = weight.shape[:2]
        side = math.isqrt(self.folding.shape[1] // 4)
        phases = (weight.flatten(2) @ self.folding).view(outputs, inputs, 4, side**2)
        phases = phases.transpose(1, 2).reshape(4 * outputs, inputs, side, side)
        return phases, bias.repeat_interleave(4)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, C, S, S) at twice its size, convolved."""
        weight, bias = self.folded()
        if winograd.pays(x, weight):
            return F.pixel_shuffle(winograd.convolve(x, weight) + bias[:, None, None], 2)
        return F.pixel_shuffle(F.conv2d(x, weight, bias, padding=weight.shape[-1] // 2), 2)

    def plain(self, x: Tensor) -> Tensor:
        """Compute the same map as it is written down; 3 to 4 times the work at k = 9."""
        out: Tensor = self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))
        return out


class HalvingConv9(nn.Conv2d):
    """A convolution 9 x 9 of stride 2, which wide layers compute as one of 5 x 5 of four phases.

    The parameters are those of the plain convolution. (N, in, 2H, 2W) -> (N, out, H, W).
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__(inputs, outputs, 9, stride=2, padding=4)

    def forward(self, x: Tensor) -> Tensor:
        """Return x (N, C, S, S), S even, at half its size."""
        if 4 * x.shape[1] >= winograd.FEWEST_CHANNELS and x.shape[2] % 2 == x.shape[3] % 2 == 0:
            phases, weight = F.pixel_unshuffle(x, 2), self.of_phases()
            if winograd.pays(phases, weight):
                out = winograd.convolve(phases, weight)
                return out if self.bias is None else out + self.bias[:, None, None]
        return super().forward(x)

    def of_phases(self) -> Tensor:
        """Return the weight (out, 4 in, 5, 5) of the phases that `pixel_unshuffle` gives."""
        weight = F.pad(self.weight, (0, 1, 0, 1))  # a tenth tap of 0
        split = weight.view(*weight.shape[:2], 5, 2, 5, 2).permute(0, 1, 3, 5, 2, 4)
        return split.reshape(len(weight), -1, 5, 5)


def halving(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    """Return a convolution of stride 2, kernel from 2, that halves an even side."""
    if kernel == 9:
        return HalvingConv9(inputs, outputs)
    return nn.Conv2d(inputs, outputs, kernel, 2, (kernel - 1) // 2)


def doubling(inputs: int, outputs: int, kernel: int) -> nn.ConvTranspose2d:
    """Return a transposed convolution of stride 2, kernel from 2, that doubles the side."""
    return nn.ConvTranspose2d(inputs, outputs, kernel, 2, (kernel - 1) // 2, kernel % 2)


def scaled(channels: int, width: float) -> int:
    """Return the hidden channels at this width, at least one."""
    return max(1, round(channels * width))


def doubled_channels(first: int, count: int, width: float) -> list[int]:
    """Return so many hidden channels from the image inwards: `first`, doubling, times the width."""
    return [scaled(first * 2**k, width) for k in range(count)]


def source_init(module: nn.Module) -> None:
    """Initialise weights from N(0, variance 2 / (fan_in + fan_out)), biases by 0.

    This is the normal form of Glorot 2010, which Goareguer 2019 uses.
    """
    for layer in module.modules():
        if isinstance(layer, nn.Conv2d | nn.ConvTranspose2d | nn.Linear):
            nn.init.xavier_normal_(layer.weight)
            if layer.bias is not None:
                nn.init.zeros_(layer.bias)


def with_spectral_norm(module: nn.Module) -> None:
    """Bound the gain of every layer of a discriminator by 1 (Miyato 2018)."""
    for layer in list(module.modules()):
        if isinstance(layer, nn.Conv2d | nn.Linear):
            spectral_norm(layer)


def mlp(inputs: int, hidden: list[int], outputs: int, activation: nn.Module) -> nn.Sequential:
    """Return linear layers with one activation between them; (N, inputs) -> (N, outputs)."""
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [nn.Linear(inputs, size), activation]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
