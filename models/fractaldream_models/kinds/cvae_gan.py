"""`cvae-gan`: `cvae` whose generator also answers a discriminator of images and labels."""

from dataclasses import replace

from torch import nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.linear import MlpDiscriminator
from fractaldream_models.settings import LATENT_LOSS

from . import cvae, vae_gan


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = cvae.parts(c)
    networks["discriminator"] = MlpDiscriminator(
        c.size, c.channels, leak=c.leak, width=c.width, classes=c.classes
    )
    return networks


KIND = replace(
    cvae.KIND,
    name="cvae-gan",
    parts=parts,
    train_batch=vae_gan.train_batch,
    optimizers=vae_gan.KIND.optimizers,
    chosen_by="loss",
    discriminates=True,
    ignores=LATENT_LOSS,
)
