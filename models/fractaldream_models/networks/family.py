"""Families of networks: their convolutions, the images that these fit, and their settings."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from torch import nn

from fractaldream_base.errors import BadInput
from fractaldream_models.blocks import ACTIVATIONS
from fractaldream_models.model import ModelConfig

_RESIZE = "add --set size=64 --set resize=true"


@dataclass(frozen=True)
class Convolutions:
    """The convolutions of a network that halve or double the side of an image."""

    depth: int  # how many there are
    kernel: int  # side of each, in pixels


@dataclass(frozen=True)
class LayerOptions(Convolutions):
    """Options of the layers of a convolutional network."""

    width: float = 1.0  # factor on hidden channels
    activation: Callable[[], nn.Module] = nn.ReLU  # where the network has no LeakyReLU
    leak: float = 0.1  # slope of LeakyReLU
    eps: float = 0.01  # of BatchNorm
    batchnorm: bool = True


@dataclass(frozen=True)
class NetworkFamily:
    """Networks that kinds are built of: without convolutions, and of any configuration.

    Attributes
    ----------
    space
        What a sweep varies where neither the user nor the kind says: a shipped search space.
    ignores
        Settings that mean nothing to these networks.
    defaults
        Settings that differ from those of `Settings` where no preset says.
    leaky_generator
        Whether the hidden layers of the generator are LeakyReLU, whatever ``hidden`` says.
    generator_activation
        What they are where they are neither LeakyReLU nor what ``hidden`` says.
    spectral_generator
        Whether ``spectral_norm`` applies to the generator as well.
    """

    space: str | None = None
    ignores: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    leaky_generator: bool = False
    generator_activation: str | None = None
    spectral_generator: bool = False

    def convolutions(self, config: ModelConfig) -> Convolutions | None:
        """Return the convolutions of a configuration; None where it has none."""
        return None

    def check(self, config: ModelConfig) -> None:
        """Refuse a configuration that cannot be built. Raises BadInput."""


@dataclass(frozen=True)
class LinearFamily(NetworkFamily):
    """Networks of linear layers, which refuse what needs convolutions."""

    def check(self, config: ModelConfig) -> None:
        """Refuse convolutions. Raises BadInput."""
        if config.architecture == "conv":
            raise BadInput(
                f"architecture conv: {config.kind} is linear; leave it out, or take a vae"
            )
        check_no_convolutions(config)


@dataclass(frozen=True, kw_only=True)
class ConvolutionalFamily(NetworkFamily):
    """Networks whose convolutions halve or double the side of an image.

    Attributes
    ----------
    kernel
        Side of each in pixels, where the configuration leaves it open.
    depth
        Function from the side of an image in pixels to the number of convolutions, where the
        configuration leaves it open; None for as many as halve a side, a power of two, down to 4.
    odd
        Whether the kernel must be odd, as where it keeps the side of an image.
    """

    kernel: int
    depth: Callable[[int], int] | None = None
    odd: bool = False

    def resolve(self, config: ModelConfig) -> Convolutions:
        """Return `depth` and `kernel` of the configuration, or those of the family."""
        depth = (self.depth or _halvings_to_4)(config.size)
        return Convolutions(
            depth if config.depth is None else config.depth,
            self.kernel if config.kernel is None else config.kernel,
        )

    def convolutions(self, config: ModelConfig) -> Convolutions | None:
        """Return the convolutions of a configuration."""
        return self.resolve(config)

    def layer_options(self, config: ModelConfig) -> LayerOptions:
        """Return the options that the layers of this configuration take."""
        return LayerOptions(
            **asdict(self.resolve(config)),
            width=config.width,
            activation=ACTIVATIONS[config.hidden],
            leak=config.leak,
            eps=config.bn_eps,
            batchnorm=config.batchnorm,
        )

    def check(self, config: ModelConfig) -> None:
        """Refuse images and convolutions that do not fit. Raises BadInput."""
        if self.depth is None and (config.size < 16 or config.size & (config.size - 1)):
            raise BadInput(
                f"size {config.size}: {config.kind} needs a power of two from 16; {_RESIZE}"
            )
        _check_convolutions(config, self.resolve(config), odd=self.odd)


def _halvings_to_4(size: int) -> int:
    """Return how often a side of a power of two halves down to 4."""
    return (size // 4).bit_length() - 1


def halvings_to_8(size: int) -> int:
    """Return how often a side halves down to at most 8: 28 and 32 twice, 128 four times; from 1."""
    count = 0
    while size > 8:
        size //= 2
        count += 1
    return max(1, count)


def check_no_convolutions(config: ModelConfig, mend: str = "leave it out") -> None:
    """Refuse `depth` and `kernel` where a network has no convolutions. Raises BadInput."""
    for key in ("depth", "kernel"):
        if (value := getattr(config, key)) is not None:
            raise BadInput(f"{key}={value}: a linear {config.kind} has no convolutions; {mend}")


def _check_convolutions(config: ModelConfig, convolutions: Convolutions, *, odd: bool) -> None:
    """Refuse convolutions that do not fit the images. Raises BadInput."""
    c, depth, kernel = config, convolutions.depth, convolutions.kernel
    most = (c.size & -c.size).bit_length() - 1  # times that the side halves
    if not 1 <= depth <= most:
        if c.depth is not None:
            mend = f"give 1 to {most}" if most else _RESIZE
            raise BadInput(f"depth={c.depth}: a side of {c.size} px halves {most} times; {mend}")
        needs = f"{c.kind} needs a multiple of {2**depth}"
        less = f", or --set depth={most}" if most else ""
        raise BadInput(f"size {c.size}: does not halve {depth} times, {needs}; {_RESIZE}{less}")
    if odd and (kernel < 3 or kernel % 2 == 0):
        raise BadInput(f"kernel={kernel}: {c.kind} needs an odd one; give 3, 5, 7 or 9")
    if kernel < 2:
        raise BadInput(f"kernel={kernel}: steps of 2 pixels leave gaps; give 2 or more")
    if kernel > c.size:
        raise BadInput(f"kernel={kernel}: larger than the images; give {c.size} px or less")
