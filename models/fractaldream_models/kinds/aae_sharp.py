"""`aae-sharp`: `aae` on the networks and with the adversary of `gan`."""

from dataclasses import replace

from torch import nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated

from . import aae


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return modulated.generator_and_towers(config, encoder=config.latent, discriminator=1)


KIND = replace(
    aae.KIND,
    name="aae-sharp",
    parts=parts,
    networks=modulated.FAMILY,
)
