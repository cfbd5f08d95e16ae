"""Number and size of the convolutions of a network, and what images they fit."""

from dataclasses import dataclass

from fractaldream_base.errors import BadInput

from .blocks import ACTIVATIONS, LayerOptions
from .model import ModelConfig

_RESIZE = "add --set size=64 --set resize=true"


@dataclass(frozen=True)
class Convolutions:
    """How many convolutions halve the side of an image, and the side of each, in pixels."""

    depth: int
    kernel: int


def chosen(config: ModelConfig, *, depth: int, kernel: int) -> Convolutions:
    """Return `depth` and `kernel` of the configuration, or these where it leaves them open."""
    return Convolutions(
        depth if config.depth is None else config.depth,
        kernel if config.kernel is None else config.kernel,
    )


def layer_options(config: ModelConfig, convolutions: Convolutions) -> LayerOptions:
    """Return the options that the convolutional networks of this configuration take."""
    return LayerOptions(
        depth=convolutions.depth,
        kernel=convolutions.kernel,
        width=config.width,
        activation=ACTIVATIONS[config.hidden],
        leak=config.leak,
        eps=config.bn_eps,
        batchnorm=config.batchnorm,
    )


def check_convolutions(
    config: ModelConfig, convolutions: Convolutions, *, odd: bool = False
) -> None:
    """Refuse convolutions that do not fit the images. Raises BadInput.

    Parameters
    ----------
    config, convolutions
        The configuration, and what it comes to.
    odd
        Whether the kernel must be odd, as where it keeps the side of an image.
    """
    c, has = config, convolutions
    most = (c.size & -c.size).bit_length() - 1  # times that the side halves
    if not 1 <= has.depth <= most:
        if c.depth is not None:
            mend = f"give 1 to {most}" if most else _RESIZE
            raise BadInput(f"depth={c.depth}: a side of {c.size} px halves {most} times; {mend}")
        needs = f"{c.kind} needs a multiple of {2**has.depth}"
        less = f", or --set depth={most}" if most else ""
        raise BadInput(f"size {c.size}: does not halve {has.depth} times, {needs}; {_RESIZE}{less}")
    if odd and (has.kernel < 3 or has.kernel % 2 == 0):
        raise BadInput(f"kernel={has.kernel}: {c.kind} needs an odd one; give 3, 5, 7 or 9")
    if has.kernel < 2:
        raise BadInput(f"kernel={has.kernel}: steps of 2 pixels leave gaps; give 2 or more")
    if has.kernel > c.size:
        raise BadInput(f"kernel={has.kernel}: larger than the images; give {c.size} px or less")


def no_convolutions(config: ModelConfig) -> Convolutions | None:
    """Return None, for a kind that is linear."""
    return None


def check_power_of_two(config: ModelConfig) -> None:
    """Refuse images whose side does not halve down to 4. Raises BadInput."""
    if config.size < 16 or config.size & (config.size - 1):
        raise BadInput(f"size {config.size}: {config.kind} needs a power of two from 16; {_RESIZE}")


def check_no_convolutions(config: ModelConfig, mend: str = "leave it out") -> None:
    """Refuse `depth` and `kernel` where a network has no convolutions. Raises BadInput."""
    for key in ("depth", "kernel"):
        if (value := getattr(config, key)) is not None:
            raise BadInput(f"{key}={value}: a linear {config.kind} has no convolutions; {mend}")


def check_linear(config: ModelConfig) -> None:
    """Refuse what needs convolutions where a kind has none. Raises BadInput."""
    if config.architecture == "conv":
        raise BadInput(f"architecture conv: {config.kind} is linear; leave it out, or take a vae")
    check_no_convolutions(config)
