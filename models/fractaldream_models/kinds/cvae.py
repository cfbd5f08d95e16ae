"""`cvae`: variational autoencoder with the label as a further input (Sohn 2015), linear."""

from dataclasses import replace

from torch import nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import linear
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder

from .vae import KIND as VAE


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return linear_encoder_and_decoder(config, 2 * config.latent)


KIND = replace(
    VAE,
    name="cvae",
    parts=parts,
    conditional=True,
    paired=False,
    networks=linear.FAMILY,
)
