"""`dcgan4`: DCGAN of transposed convolutions (Radford 2015)."""

from dataclasses import replace

from fractaldream_models.networks import radford2015

from .dcgan import KIND as DCGAN

KIND = replace(
    DCGAN,
    name="dcgan4",
    parts=radford2015.generator_and_discriminator,
    networks=radford2015.FAMILY,
)
