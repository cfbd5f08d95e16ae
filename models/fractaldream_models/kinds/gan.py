"""`gan`: a small generator of today, trained by the relativistic loss with gradient penalties.

The latents scale and shift every layer, and no layer is normalised (Karras 2019, Huang 2024).
"""

from dataclasses import replace

from torch import nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated

from .dcgan import KIND as DCGAN


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return modulated.generator_and_towers(config, discriminator=1)


KIND = replace(
    DCGAN,
    name="gan",
    parts=parts,
    networks=modulated.FAMILY,
)
