"""Encoder and decoder of `vae`, `ae` and their relatives: linear layers, or convolutions."""

from dataclasses import dataclass

from torch import nn

from fractaldream_models.blocks import ACTIVATIONS
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import BATCHNORM

from .convolutional import ConvDecoder, ConvEncoder
from .family import ConvolutionalFamily, Convolutions, check_no_convolutions, halvings_to_8
from .linear import LinearDecoder, LinearEncoder, LinearOptions


@dataclass(frozen=True, kw_only=True)
class AutoencoderFamily(ConvolutionalFamily):
    """Networks that are convolutional where `architecture` is conv, and else linear."""

    def convolutions(self, config: ModelConfig) -> Convolutions | None:
        """Return the convolutions of a configuration; None of the linear architecture."""
        return self.resolve(config) if config.architecture == "conv" else None

    def check(self, config: ModelConfig) -> None:
        """Refuse images and convolutions that do not fit. Raises BadInput."""
        if config.architecture == "conv":
            super().check(config)
        else:
            check_no_convolutions(config, "add --set architecture=conv, or leave it out")


FAMILY = AutoencoderFamily(depth=halvings_to_8, kernel=4, space="vae", ignores=BATCHNORM)


def encoder_and_decoder(config: ModelConfig, outputs: int) -> dict[str, nn.Module]:
    """Return the parts `encoder`, (N, C, S, S) -> (N, outputs), and `generator`, to logits."""
    c = config
    if c.architecture != "conv":
        return linear_encoder_and_decoder(c, outputs)
    options = FAMILY.layer_options(c)
    return {
        "encoder": ConvEncoder(c.size, c.channels, outputs, options),
        "generator": ConvDecoder(c.size, c.channels, c.latent, options),
    }


def linear_encoder_and_decoder(config: ModelConfig, outputs: int) -> dict[str, nn.Module]:
    """Return both of linear layers; of `classes` > 0, with the one-hot label as an input."""
    c = config
    options = LinearOptions(ACTIVATIONS[c.hidden], c.width, c.classes)
    return {
        "encoder": LinearEncoder(c.size, c.channels, outputs, options),
        "generator": LinearDecoder(c.size, c.channels, c.latent, options),
    }
