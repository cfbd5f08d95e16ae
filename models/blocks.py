"""Layers shared by the families, and the weights that they start from."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

ACTIVATIONS = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def _folding() -> Tensor:
    """(81, 100): the taps of a 9x9 kernel to the taps of its four 5x5 phases.

    After nearest x2, output row 2i+p sees input row i + floor((p + t - 4) / 2) through tap t:
    nine taps fall on five rows, whichever phase p.
    """
    rows = torch.zeros(9, 2, 5)  # tap, phase, row offset + 2
    for phase in (0, 1):
        for tap in range(9):
            rows[tap, phase, (phase + tap - 4) // 2 + 2] = 1
    # (tap y, tap x) -> (phase y, phase x, row, column)
    return torch.einsum("apr,bqc->abpqrc", rows, rows).reshape(81, 100)


class UpConv9(nn.Module):
    """Nearest x2, then conv 9x9 stride 1 pad 4, computed as conv 5x5 to 4 C and pixel shuffle.

    The parameters are those of the 9x9 convolution. 81 taps per output pixel become 25, and the
    input keeps its small size; values and gradients agree with `plain` to rounding.
    (N, in, H, W) -> (N, out, 2H, 2W).
    """

    folding: Tensor

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(inputs, outputs, 9, padding=4)
        self.register_buffer("folding", _folding(), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        weight, bias = self.conv.weight, self.conv.bias
        outputs, inputs = weight.shape[:2]
        phases = (weight.reshape(outputs, inputs, 81) @ self.folding).view(outputs, inputs, 4, 25)
        phases = phases.transpose(1, 2).reshape(4 * outputs, inputs, 5, 5)
        assert bias is not None
        return F.pixel_shuffle(F.conv2d(x, phases, bias.repeat_interleave(4), padding=2), 2)

    def plain(self, x: Tensor) -> Tensor:
        """The same map as it is written down; 3 to 4 times the work."""
        return self.conv(F.interpolate(x, scale_factor=2, mode="nearest"))


def scaled(channels: int, width: float) -> int:
    """Hidden channels at this width, at least one."""
    return max(1, round(channels * width))


def source_init(module: nn.Module) -> None:
    """Weights from N(0, variance 2 / (fan_in + fan_out)), biases 0, as in the source (2019)."""
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
    """Linear layers with one activation between them; (N, inputs) -> (N, outputs)."""
    layers: list[nn.Module] = []
    for size in hidden:
        layers += [nn.Linear(inputs, size), activation]
        inputs = size
    return nn.Sequential(*layers, nn.Linear(inputs, outputs))
