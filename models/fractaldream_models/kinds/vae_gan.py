"""`vae-gan`: variational autoencoder whose generator also answers a discriminator of images."""

from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import likelihood, phases
from fractaldream_models.kind import AUTOENCODER, DISCRIMINATOR, Batch, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import autoencoder
from fractaldream_models.networks.linear import MlpDiscriminator

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = autoencoder.encoder_and_decoder(c, 2 * c.latent)
    networks["discriminator"] = MlpDiscriminator(c.size, c.channels, leak=c.leak, width=c.width)
    return networks


def train_batch(step: "Step", batch: Batch) -> None:
    """Train D, then E and G on the evidence lower bound and against D."""
    fakes = phases.update_discriminator(step, batch)
    loss = phases.with_paired(step, batch, phases.variational(step, batch))
    phases.update_autoencoder(step, phases.with_adversary(step, batch, loss, fakes))


KIND = Kind(
    name="vae-gan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER, DISCRIMINATOR),
    value_range=(0.0, 1.0),
    space="vae",
    likelihood=likelihood.variational,
    encodes=True,
    discriminates=True,
    variational=True,
    paired=True,
    convolutions=autoencoder.convolutions,
    check_config=autoencoder.check,
)
