"""`cvae-gan`: `cvae` whose generator also answers a discriminator of images and labels."""

from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import likelihood, phases
from fractaldream_models.convolutions import check_linear
from fractaldream_models.kind import AUTOENCODER, DISCRIMINATOR, Batch, Kind
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder
from fractaldream_models.networks.linear import MlpDiscriminator

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    c = config
    networks = linear_encoder_and_decoder(c, 2 * c.latent)
    networks["discriminator"] = MlpDiscriminator(
        c.size, c.channels, leak=c.leak, width=c.width, classes=c.classes
    )
    return networks


def train_batch(step: "Step", batch: Batch) -> None:
    """Train D, then E and G on the evidence lower bound and against D."""
    fakes = phases.update_discriminator(step, batch)
    loss = phases.variational(step, batch)
    phases.update_autoencoder(step, phases.with_adversary(step, batch, loss, fakes))


KIND = Kind(
    name="cvae-gan",
    parts=parts,
    train_batch=train_batch,
    optimizers=(AUTOENCODER, DISCRIMINATOR),
    value_range=(0.0, 1.0),
    space="cvae",
    likelihood=likelihood.variational,
    encodes=True,
    discriminates=True,
    variational=True,
    conditional=True,
    check_config=check_linear,
)
