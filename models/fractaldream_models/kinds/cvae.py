"""`cvae`: variational autoencoder with the label as a further input (Sohn 2015), linear."""

from dataclasses import replace

from torch import nn

from fractaldream_models.convolutions import check_linear, no_convolutions
from fractaldream_models.kind import ADVERSARY, BATCHNORM, LATENT_LOSS
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder

from .vae import KIND as VAE


def parts(config: ModelConfig) -> dict[str, nn.Module]:
    """Return the networks of a configuration."""
    return linear_encoder_and_decoder(config, 2 * config.latent)


KIND = replace(
    VAE,
    name="cvae",
    parts=parts,
    space="cvae",
    conditional=True,
    paired=False,
    convolutions=no_convolutions,
    check_config=check_linear,
    ignores=ADVERSARY | LATENT_LOSS | BATCHNORM | {"architecture", "leak", "adversary_weight"},
)
