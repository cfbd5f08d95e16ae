"""`gan`: a small generator of today, trained by the relativistic loss with gradient penalties.

The latents scale and shift every layer, and no layer is normalised (Karras 2019, Huang 2024).
"""

from torch import nn

from fractaldream_models import phases
from fractaldream_models.kind import BATCHNORM, DISCRIMINATOR, GENERATOR, NO_ENCODER, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return modulated.generator_and_towers(config, discriminator=1)


KIND = Kind(
    name="gan",
    parts=parts,
    train_batch=phases.update_adversaries,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="modulated",
    discriminates=True,
    leaky_generator=True,
    convolutions=modulated.convolutions,
    check_config=modulated.check,
    ignores=NO_ENCODER | BATCHNORM | {"architecture", "hidden"},
    defaults=modulated.SETTINGS,
)
