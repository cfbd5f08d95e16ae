"""`vae-gan`: variational autoencoder whose generator also answers a discriminator of images."""

from dataclasses import replace

from torch import nn

from fractaldream_models import phases
from fractaldream_models.kind import AUTOENCODER, DISCRIMINATOR
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.linear import MlpDiscriminator
from fractaldream_models.settings import LATENT_LOSS
from fractaldream_models.training_step import Batch, TrainingStep

from . import vae


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = vae.parts(c)
    networks["discriminator"] = MlpDiscriminator(c.size, c.channels, leak=c.leak, width=c.width)
    return networks


def train_batch(step: TrainingStep, batch: Batch) -> None:
    """Train D, then E and G on the evidence lower bound and against D."""
    fakes = phases.update_discriminator(step, batch)
    loss = phases.with_paired(step, batch, phases.variational(step, batch))
    phases.update_autoencoder(step, phases.with_adversary(step, batch, loss, fakes))


KIND = replace(
    vae.KIND,
    name="vae-gan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER, DISCRIMINATOR),
    chosen_by="loss",
    discriminates=True,
    ignores=LATENT_LOSS,
)
