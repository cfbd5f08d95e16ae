"""`cgan`: `dcgan4` told the label (Mirza 2014)."""

from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import phases
from fractaldream_models.convolutions import layer_options
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, Batch, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import radford2015
from fractaldream_models.networks.radford2015 import StridedDiscriminator, TransposedGenerator

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    options = layer_options(c, radford2015.convolutions(c))
    return {
        "generator": TransposedGenerator(c.size, c.channels, c.latent, options, classes=c.classes),
        "discriminator": StridedDiscriminator(c.size, c.channels, options, classes=c.classes),
    }


def train_batch(step: "Step", batch: Batch) -> None:
    """Train D, then G against D."""
    fakes = phases.update_discriminator(step, batch)
    phases.update_generator(step, batch, fakes)


KIND = Kind(
    name="cgan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="gan",
    discriminates=True,
    conditional=True,
    convolutions=radford2015.convolutions,
    check_config=radford2015.check,
    defaults=radford2015.SETTINGS,
)
