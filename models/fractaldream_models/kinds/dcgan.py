"""`dcgan`: the generator and the discriminator of `aae` without its encoder (Goareguer 2019)."""

from torch import nn

from fractaldream_models import phases
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, NO_ENCODER, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import goareguer2019


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return goareguer2019.generator_and_towers(config, discriminator=1)


KIND = Kind(
    name="dcgan",
    parts=parts,
    train_batch=phases.update_paired_adversaries,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="gan",
    discriminates=True,
    paired=True,
    leaky_generator=True,
    convolutions=goareguer2019.convolutions,
    check_config=goareguer2019.check,
    ignores=NO_ENCODER | {"architecture", "hidden"},
)
