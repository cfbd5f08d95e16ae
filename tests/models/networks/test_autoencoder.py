"""Networks of autoencoders."""

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.autoencoder import linear_encoder_and_decoder


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_linear_vae_is_784_512_2l_and_back():
    networks = linear_encoder_and_decoder(ModelConfig("vae", 28, 1, 2), 2 * 2)
    assert count(networks["encoder"]) == 784 * 512 + 512 + 512 * 4 + 4
    assert count(networks["generator"]) == 2 * 512 + 512 + 512 * 784 + 784
