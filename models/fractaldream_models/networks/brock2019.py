"""Generator and projection discriminator of BigGAN (Brock 2019): residual blocks of 3x3 kernels.

`depth` and `kernel` of the layer options are the number of blocks that halve or double the side of
an image, and the size of their convolutions. The class enters G as an embedding that all blocks
share, and D as a vector that the features are projected on (Miyato and Koyama 2018).
"""

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_models.blocks import doubled_channels, scaled
from fractaldream_models.model import ModelConfig

from .family import ConvolutionalFamily, LayerOptions

FIRST = 24  # hidden channels beside the image
EMBEDDING = 64  # numbers that a class is mapped to

FAMILY = ConvolutionalFamily(
    kernel=3,
    space="adversary",
    odd=True,
    ignores=frozenset({"architecture", "batchnorm", "leak"}),
    spectral_generator=True,
    # the loss, the normalisation and b1 of Brock 2019; the rates are those of its smaller networks
    defaults={
        **{"adversarial_loss": "hinge", "spectral_norm": True, "lr_g": 2e-4, "lr_d": 2e-4},
        **{"b1": 0.0, "ema": 0.999, "batch": 64, "bn_eps": 1e-5},
    },
)


def _convolution(inputs: int, outputs: int, kernel: int) -> nn.Conv2d:
    """Return a convolution that keeps the side."""
    return nn.Conv2d(inputs, outputs, kernel, padding=kernel // 2)


class ConditionalBatchNorm(nn.Module):
    """BatchNorm whose gain and shift depend on a condition (N, E); Dumoulin 2017, de Vries 2017."""

    def __init__(self, channels: int, condition: int, eps: float) -> None:
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, eps=eps)
        self.modulation = nn.Linear(condition, 2 * channels, bias=False)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return x (N, C, S, S), normalised, scaled and shifted."""
        gain, shift = self.modulation(condition)[:, :, None, None].chunk(2, 1)
        out: Tensor = self.norm(x) * (1 + gain) + shift
        return out


class UpBlock(nn.Module):
    """Residual block that doubles the side; (N, in, S, S) and (N, E) -> (N, out, 2 S, 2 S)."""

    def __init__(self, inputs: int, outputs: int, condition: int, options: LayerOptions) -> None:
        super().__init__()
        o = options
        self.first_norm = ConditionalBatchNorm(inputs, condition, o.eps)
        self.first = _convolution(inputs, outputs, o.kernel)
        self.second_norm = ConditionalBatchNorm(outputs, condition, o.eps)
        self.second = _convolution(outputs, outputs, o.kernel)
        self.skip = nn.Conv2d(inputs, outputs, 1)
        self.activation = o.activation()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Return the activations at twice the side."""
        h = F.interpolate(self.activation(self.first_norm(x, condition)), scale_factor=2)
        h = self.activation(self.second_norm(self.first(h), condition))
        out: Tensor = self.second(h) + F.interpolate(self.skip(x), scale_factor=2)
        return out


class ConditionalGenerator(nn.Module):
    """G of `biggan`: 192-96-48-24 channels from a side of 4 at 32 px, in residual blocks; tanh.

    The latents are split into one part for the first layer and one for each block, which has it
    beside the embedding of the class. (N, L) and shares of the classes (N, K) -> (N, C, S, S) in
    [-1, 1], S a multiple of 2^depth.
    """

    def __init__(
        self, size: int, channels: int, latent: int, options: LayerOptions, *, classes: int
    ) -> None:
        super().__init__()
        o = options
        sizes, side = doubled_channels(FIRST, o.depth + 1, o.width)[::-1], size >> o.depth
        embedding = scaled(EMBEDDING, o.width)
        self.parts = o.depth + 1
        first, *block_latents = (
            len(part) for part in torch.arange(latent).tensor_split(self.parts)
        )
        self.embedding = nn.Embedding(classes, embedding)
        self.stem = nn.Sequential(
            nn.Linear(first, sizes[0] * side**2), nn.Unflatten(1, (sizes[0], side, side))
        )
        self.blocks = nn.ModuleList(
            UpBlock(*pair, embedding + part, o)
            for pair, part in zip(pairwise(sizes), block_latents, strict=True)
        )
        self.image = nn.Sequential(
            nn.BatchNorm2d(sizes[-1], eps=o.eps),
            o.activation(),
            _convolution(sizes[-1], channels, o.kernel),
            nn.Tanh(),
        )

    def forward(self, z: Tensor, onehot: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, L) and shares of the classes (N, K)."""
        first, *block_latents = z.tensor_split(self.parts, 1)
        shared = onehot @ self.embedding.weight
        x = self.stem(first)
        for block, part in zip(self.blocks, block_latents, strict=True):
            x = block(x, torch.cat([shared, part], 1))
        out: Tensor = self.image(x)
        return out


class DownBlock(nn.Module):
    """Residual block of D; (N, in, S, S) -> (N, out, S, S), or half the side where it halves.

    The first block of D takes the image itself, without an activation before.
    """

    def __init__(
        self, inputs: int, outputs: int, options: LayerOptions, *, halves: bool, image: bool = False
    ) -> None:
        super().__init__()
        o = options
        self.first = _convolution(inputs, outputs, o.kernel)
        self.second = _convolution(outputs, outputs, o.kernel)
        self.skip = nn.Conv2d(inputs, outputs, 1)
        self.activation = o.activation()
        self.before = nn.Identity() if image else self.activation
        self.pool = nn.AvgPool2d(2) if halves else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations."""
        h = self.second(self.activation(self.first(self.before(x))))
        out: Tensor = self.pool(h) + self.skip(self.pool(x))
        return out


class ProjectionDiscriminator(nn.Module):
    """D of `biggan`: residual blocks mirroring G, then a logit of the features and the class.

    (N, C, S, S) and shares of the classes (N, K) -> (N, 1).
    """

    def __init__(self, channels: int, options: LayerOptions, *, classes: int) -> None:
        super().__init__()
        o = options
        sizes = [channels, *doubled_channels(FIRST, o.depth + 1, o.width)]
        self.blocks = nn.Sequential(
            *(
                DownBlock(*pair, o, halves=k < o.depth, image=k == 0)
                for k, pair in enumerate(pairwise(sizes))
            ),
            o.activation(),
        )
        self.head = nn.Linear(sizes[-1], 1)
        self.projection = nn.Linear(classes, sizes[-1], bias=False)

    def forward(self, x: Tensor, onehot: Tensor) -> Tensor:
        """Return the logits of images (N, C, S, S) and shares of the classes (N, K)."""
        features = self.blocks(x).sum((2, 3))
        out: Tensor = self.head(features) + (self.projection(onehot) * features).sum(1, True)
        return out


def generator_and_discriminator(config: ModelConfig) -> dict[str, nn.Module]:
    """Return G and D of a configuration."""
    c = config
    options = FAMILY.layer_options(c)
    generator = ConditionalGenerator(c.size, c.channels, c.latent, options, classes=c.classes)
    discriminator = ProjectionDiscriminator(c.channels, options, classes=c.classes)
    return {"generator": generator, "discriminator": discriminator}


def orthogonality(generator: nn.Module) -> Tensor:
    """Compute the sum of squared products of different filters of each layer (Brock 2019).

    Norms are left free, in contrast to the orthogonal regularisation of Brock 2017. The embedding
    of the classes is left out.
    """
    total = torch.zeros((), device=next(generator.parameters()).device)
    for name, weight in generator.named_parameters():
        if weight.ndim > 1 and "embedding" not in name.split("."):
            filters = weight.flatten(1)
            products = filters @ filters.T
            total = total + (products - products.diagonal().diag()).square().sum()
    return total
