"""Encoder and decoder of `vae`, `ae` and their relatives: linear layers, or convolutions."""

from torch import nn

from fractaldream_models.blocks import ACTIVATIONS
from fractaldream_models.convolutions import (
    Convolutions,
    check_convolutions,
    check_no_convolutions,
    chosen,
    layer_options,
)
from fractaldream_models.model import ModelConfig

from .convolutional import ConvDecoder, ConvEncoder, halvings
from .linear import LinearDecoder, LinearEncoder, LinearOptions


def convolutions(config: ModelConfig) -> Convolutions | None:
    """Return convolutions of 4x4 down to a side of at most 8; None of the linear architecture."""
    if config.architecture != "conv":
        return None
    return chosen(config, depth=max(1, halvings(config.size)), kernel=4)


def check(config: ModelConfig) -> None:
    """Refuse images and convolutions that do not fit. Raises BadInput."""
    has = convolutions(config)
    if has is None:
        check_no_convolutions(config, "add --set architecture=conv, or leave it out")
    else:
        check_convolutions(config, has)


def encoder_and_decoder(config: ModelConfig, outputs: int) -> dict[str, nn.Module]:
    """Return the parts `encoder`, (N, C, S, S) -> (N, outputs), and `generator`, to logits."""
    c, has = config, convolutions(config)
    if has is None:
        return linear_encoder_and_decoder(c, outputs)
    options = layer_options(c, has)
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
