"""`dcgan`: the generator and the discriminator of `aae` without its encoder (Goareguer 2019)."""

from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import phases
from fractaldream_models.convolutions import layer_options
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, Batch, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import goareguer2019
from fractaldream_models.networks.goareguer2019 import Tower, UpGenerator

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    options = layer_options(c, goareguer2019.convolutions(c))
    return {
        "generator": UpGenerator(c.size, c.channels, c.latent, options),
        "discriminator": Tower(c.size, c.channels, 1, options),
    }


def train_batch(step: "Step", batch: Batch) -> None:
    """Train D, then G against D."""
    fakes = phases.update_discriminator(step, batch)
    phases.update_generator(step, batch, fakes)


KIND = Kind(
    name="dcgan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="gan",
    discriminates=True,
    leaky_generator=True,
    convolutions=goareguer2019.convolutions,
    check_config=goareguer2019.check,
)
