"""`dcgan4`: DCGAN of transposed convolutions (Radford 2015)."""

from fractaldream_models import phases
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, NO_ENCODER, Kind
from fractaldream_models.networks import radford2015

KIND = Kind(
    name="dcgan4",
    parts=radford2015.generator_and_discriminator,
    train_batch=phases.update_paired_adversaries,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="gan",
    discriminates=True,
    paired=True,
    convolutions=radford2015.convolutions,
    check_config=radford2015.check,
    defaults=radford2015.SETTINGS,
    ignores=NO_ENCODER | {"architecture"},
)
