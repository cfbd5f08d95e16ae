"""Encoder and decoder of autoencoders: 4x4 convolutions between the image and 256 hidden units."""

from itertools import pairwise

from torch import Tensor, nn

from fractaldream_models.blocks import doubled_channels, doubling, halving, mlp, scaled

from .family import LayerOptions


class ConvEncoder(nn.Module):
    """4x4 convolutions stride 2 from 32 channels doubling, Linear 256, Linear.

    (N, C, S, S) -> (N, outputs), S a multiple of 2^depth; any kernel from 2.
    """

    def __init__(self, size: int, channels: int, outputs: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(32, o.depth, o.width)
        layers: list[nn.Module] = []
        for inputs, hidden in pairwise([channels, *sizes]):
            layers += [halving(inputs, hidden, o.kernel), o.activation()]
        flat = sizes[-1] * (size >> o.depth) ** 2
        self.net = nn.Sequential(
            *layers, nn.Flatten(), mlp(flat, [scaled(256, o.width)], outputs, o.activation())
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return what the network makes of images (N, C, S, S)."""
        out: Tensor = self.net(x)
        return out


class ConvDecoder(nn.Module):
    """The mirror of ConvEncoder, to logits; (N, L) -> (N, C, S, S)."""

    def __init__(self, size: int, channels: int, latent: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        sizes = doubled_channels(32, o.depth, o.width)[::-1]
        side = size >> o.depth
        layers: list[nn.Module] = [
            mlp(latent, [scaled(256, o.width)], sizes[0] * side**2, o.activation()),
            o.activation(),
            nn.Unflatten(1, (sizes[0], side, side)),
        ]
        for inputs, hidden in pairwise(sizes):
            layers += [doubling(inputs, hidden, o.kernel), o.activation()]
        self.net = nn.Sequential(*layers, doubling(sizes[-1], channels, o.kernel))

    def forward(self, z: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L)."""
        out: Tensor = self.net(z)
        return out
