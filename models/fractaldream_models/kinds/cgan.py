"""`cgan`: `dcgan4` told the label (Mirza 2014)."""

from fractaldream_models import phases
from fractaldream_models.kind import DISCRIMINATOR, GENERATOR, Kind
from fractaldream_models.networks import radford2015

KIND = Kind(
    name="cgan",
    parts=radford2015.generator_and_discriminator,
    train_batch=phases.update_adversaries,
    optimizers=(DISCRIMINATOR, GENERATOR),
    value_range=(-1.0, 1.0),
    space="gan",
    discriminates=True,
    conditional=True,
    convolutions=radford2015.convolutions,
    check_config=radford2015.check,
    defaults=radford2015.SETTINGS,
)
