"""A generative model and the configuration that rebuilds it, whatever its kind."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fractaldream_base.errors import BadInput

from .levels import stored_colours


@dataclass(frozen=True)
class ModelConfig:
    """All that determines a network; a checkpoint keeps it to rebuild the network."""

    kind: str
    size: int  # pixels, width and height
    channels: int  # 1 or 3
    latent: int
    classes: int = 0  # labels, of kinds that learn from them; else 0
    width: float = 1.0  # factor on hidden channels
    architecture: str = "linear"  # or conv, of kinds that have both
    depth: int | None = None  # see `networks.family.Convolutions`
    kernel: int | None = None
    hidden: str = "relu"  # activation of the hidden layers where it is not LeakyReLU
    leak: float = 0.1  # slope of LeakyReLU
    bn_eps: float = 0.01
    batchnorm: bool = True
    spectral_norm: bool = False
    unary: bool = False  # see `settings.Settings`, as for the next two
    clusters: int = 2
    label_latents: int = 2
    ode_steps: int = 8  # of `flow`
    equivariant: str = "none"  # or the sampling law whose symmetries the generator has


BLOCK = 16  # normal numbers that torch makes at once on the CPU
Prior = Callable[[ModelConfig, Tensor], Tensor]  # draws of N(0, I), (N, L), to latents (N, L)


class Model(nn.Module):
    """A generative model: the parts that its kind has, and what can be asked of them.

    Images are float (N, C, S, S) in `value_range`, which is (-1, 1) where G ends in tanh and (0, 1)
    where it gives logits of Bernoulli pixels; latents float (N, L); labels int64 (N,), or float
    (N, classes) for shares of several. After `checkpoint.load`, `data` and `metrics` hold what the
    file says of both. Parts under other names are what the training of their kind alone needs.
    """

    def __init__(
        self,
        config: ModelConfig,
        *,
        value_range: tuple[float, float],
        variational: bool = False,
        translates: bool = False,
        conditional: bool = False,
        prior: Prior | None = None,
        **parts: nn.Module,
    ) -> None:
        super().__init__()
        self.config = config
        self.value_range = value_range
        self.variational = variational
        self.translates = translates
        self.conditional = conditional
        self._prior = prior
        self.generator = parts["generator"]
        self.encoder = parts.get("encoder")
        self.discriminator = parts.get("discriminator")
        self.latent_discriminator = parts.get("latent_discriminator")
        for name, part in parts.items():
            if name not in self._modules:
                self.add_module(name, part)
        self.data: dict[str, Any] = {}
        self.metrics: dict[str, Any] = {}

    @property
    def kind(self) -> str:
        """Return the name of the kind."""
        return self.config.kind

    @property
    def latent(self) -> int:
        """Return the size L of a latent."""
        return self.config.latent

    @property
    def classes(self) -> int:
        """Return the number of labels; 0 where the kind is not conditional."""
        return self.config.classes if self.conditional else 0

    @property
    def normal_prior(self) -> bool:
        """Return whether the prior of the latents is N(0, I)."""
        return self._prior is None

    @property
    def image_shape(self) -> tuple[int, int, int]:
        """Return the shape of an image, (C, S, S)."""
        return (self.config.channels, self.config.size, self.config.size)

    @property
    def colours(self) -> Tensor | None:
        """Return the colour of each level, uint8 (256, 3), of a model of levels; else None."""
        return stored_colours(self.data)

    def onehot(self, labels: Tensor | None, like: Tensor) -> tuple[Tensor, ...]:
        """Return the labels as an argument for the parts; nothing for kinds that take none."""
        if not self.classes:
            if labels is not None:
                raise BadInput(f"{self.kind} takes no labels")
            return ()
        if labels is None:
            raise BadInput(f"{self.kind} needs labels, 0 to {self.classes - 1}")
        if labels.is_floating_point():
            return (labels.to(like),)
        if labels.numel() and not 0 <= int(labels.min()) <= int(labels.max()) < self.classes:
            raise BadInput(f"labels of {self.kind} lie from 0 to {self.classes - 1}")
        return (F.one_hot(labels.long(), self.classes).to(like),)

    def posterior(self, x: Tensor, labels: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of q(z | x), each (N, L). Variational kinds only."""
        if not self.variational:
            raise BadInput(f"{self.kind} is deterministic: it has no posterior, use encode")
        assert self.encoder is not None
        mean, log_variance = self.encoder(x, *self.onehot(labels, x)).float().chunk(2, 1)
        return mean, log_variance

    def encode(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Encode images (N, C, S, S) to (N, L); to the posterior mean of variational kinds."""
        if self.encoder is None:
            raise BadInput(f"{self.kind} has no encoder; give a model of a kind that has one")
        if self.variational:
            return self.posterior(x, labels)[0]
        out: Tensor = self.encoder(x, *self.onehot(labels, x))
        return out

    def decode(self, z: Tensor, labels: Tensor | None = None) -> Tensor:
        """Decode latents (N, L) to images (N, C, S, S) in `value_range`."""
        if self.translates:
            raise BadInput(
                f"{self.kind} has no latents to decode; it translates images: see "
                "fractaldream translate"
            )
        images = self.generator(z, *self.onehot(labels, z))
        out: Tensor = images if self.value_range[0] < 0 else images.sigmoid()
        return out

    def prior(self, normal: Tensor) -> Tensor:
        """Map draws of N(0, I), (N, L), to latents from the prior of the kind."""
        return normal if self._prior is None else self._prior(self.config, normal)

    def translate(self, x: Tensor, labels: Tensor) -> Tensor:
        """Translate images (N, C, S, S) of the domains `labels` to the other domain."""
        if not self.translates:
            raise BadInput(f"{self.kind} translates no images; give a model of a kind that does")
        out: Tensor = self.generator(x, *self.onehot(labels, x))
        return out

    def sample(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        *,
        truncation: float | None = None,
    ) -> Tensor:
        """Draw n images from the prior; z is drawn on the generator's device, labels in turn.

        truncation: None for draws of N(0, I); else as `truncated_normal` draws.
        """
        rows = max(n, 1)
        batches = self.sample_batches(n, generator, labels, rows=rows, truncation=truncation)
        ((_, images),) = batches
        return images

    def sample_batches(
        self,
        n: int,
        generator: torch.Generator | None = None,
        labels: Tensor | None = None,
        *,
        rows: int,
        truncation: float | None = None,
    ) -> Iterator[tuple[slice, Tensor]]:
        """Draw the images of `sample`, at most `rows` at once; yield their rows and the images."""
        if truncation is not None and not self.normal_prior:
            raise BadInput(
                f"truncation {truncation:g}: the latents of {self.kind} do not follow N(0, I); "
                "leave it out"
            )
        device = next(self.parameters()).device
        source = generator.device if generator is not None else device

        def draw(count: int) -> Tensor:
            if truncation is None:
                return torch.randn(count, self.latent, generator=generator, device=source)
            return truncated_normal((count, self.latent), truncation, generator, source)

        if labels is None and self.classes:
            labels = torch.arange(n) % self.classes
        start = 0
        for count in _counts_drawn_at_once(n, self.latent, rows, source):
            for z in self.prior(draw(count)).split(rows):
                at = slice(start, start + len(z))
                part = None if labels is None else labels[at].to(device)
                yield at, self.decode(z.to(device), part)
                start = at.stop

    def discriminate(self, x: Tensor, labels: Tensor | None = None) -> Tensor:
        """Compute the logit of `real`, (N, 1), of images (N, C, S, S)."""
        if self.discriminator is None:
            raise BadInput(f"{self.kind} has no discriminator on images")
        out: Tensor = self.discriminator(x, *self.onehot(labels, x))
        return out


def _counts_drawn_at_once(n: int, latent: int, rows: int, device: torch.device) -> list[int]:
    """Return how many latents are drawn at a time, so that all are those of one draw of n.

    On the CPU torch makes normal numbers in blocks of 16, and draws the last 16 of a tensor again
    where its length is no multiple of that; less than 16 it makes in another way. Other devices
    draw in an order that depends on the number.
    """
    if device.type != "cpu" or rows * latent % BLOCK:
        return [n]
    counts = [rows] * (n // rows) + [n % rows] * (n % rows > 0)
    if len(counts) > 1 and counts[-1] * latent < BLOCK:
        counts[-2:] = [counts[-2] + counts[-1]]
    return counts or [0]


def truncated_normal(
    shape: tuple[int, ...],
    threshold: float,
    generator: torch.Generator | None = None,
    device: torch.device | str | None = None,
) -> Tensor:
    """Draw N(0, 1) given that its absolute value is at most the threshold; 0 gives zeros.

    A low threshold makes images of a model more faithful and less diverse: the truncation trick of
    Brock et al. (2019), Large scale GAN training for high fidelity natural image synthesis.

    Parameters
    ----------
    shape
        Shape of the draws.
    threshold
        Largest absolute value, 0 or more.
    generator, device
        Torch's generator, and the device that it is on.

    Returns
    -------
    Tensor
        The draws, float32.

    Raises
    ------
    BadInput
        If the threshold is below 0 or is no number.
    """
    check_truncation(threshold)
    uniform = torch.rand(shape, generator=generator, device=device, dtype=torch.float64)
    # the share of N(0, 1) within the threshold; erfinv turns uniform draws into normal ones
    within = math.erf(threshold / math.sqrt(2))
    draws = math.sqrt(2) * torch.erfinv((2 * uniform - 1) * within)
    return draws.clamp(-threshold, threshold).float()


def check_truncation(threshold: float | None) -> None:
    """Refuse a threshold of latents below 0, and what is no number. Raises BadInput."""
    if threshold is not None and not threshold >= 0:
        raise BadInput(f"truncation {threshold:g}: give 0 or more, such as 0.5")
