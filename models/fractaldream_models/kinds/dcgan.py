"""`dcgan`: the generator and the discriminator of `aae` without its encoder (Goareguer 2019)."""

from torch import nn

from fractaldream_models import phases
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import goareguer2019
from fractaldream_models.settings import NO_ENCODER


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return goareguer2019.generator_and_towers(config, discriminator=1)


KIND = Kind(
    name="dcgan",
    parts=parts,
    train_batch=phases.update_paired_adversaries,
    optimizers=(DISCRIMINATOR, GENERATOR),
    discriminates=True,
    paired=True,
    networks=goareguer2019.FAMILY,
    ignores=NO_ENCODER,
)
