"""`cvae`: variational autoencoder with the label as a further input (Sohn 2015), linear."""

from dataclasses import replace
from typing import TYPE_CHECKING

from torch import nn

from fractaldream_models import phases
from fractaldream_models.convolutions import check_linear, no_convolutions
from fractaldream_models.kind import Batch
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder

from .vae import KIND as VAE

if TYPE_CHECKING:
    from fractaldream_models.training.step import Step


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return linear_encoder_and_decoder(config, 2 * config.latent)


def train_batch(step: "Step", batch: Batch) -> None:
    """Train E and G on the evidence lower bound."""
    phases.update_autoencoder(step, phases.variational(step, batch))


KIND = replace(
    VAE,
    name="cvae",
    parts=parts,
    train_batch=train_batch,
    space="cvae",
    conditional=True,
    paired=False,
    convolutions=no_convolutions,
    check_config=check_linear,
)
