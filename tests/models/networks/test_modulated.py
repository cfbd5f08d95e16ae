"""Networks of `gan`: a style scales and shifts the channels."""

import pytest
import torch
from torch import nn

from fractaldream_base.errors import BadInput
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import modulated


def test_a_style_scales_and_shifts_the_channels():
    layer = modulated.ModulatedLayer(nn.Identity(), 2, 3, leak=0.1)
    with torch.no_grad():
        layer.modulation.weight.zero_()
        layer.modulation.bias.copy_(torch.tensor([1.0, -1.0, 0.5, -2.0]))  # scales, then shifts
    out = layer(torch.ones(1, 2, 2, 2), torch.zeros(1, 3))
    torch.testing.assert_close(out[0, 0], torch.full((2, 2), 2.5))
    torch.testing.assert_close(out[0, 1], torch.full((2, 2), -0.2))


@pytest.mark.parametrize("size", [16, 32])
def test_images_of_powers_of_two_from_a_side_of_4(size):
    config = ModelConfig("gan", size, 3, latent=6, width=0.1)
    modulated.FAMILY.check(config)
    options = modulated.FAMILY.layer_options(config)
    images = modulated.ModulatedGenerator(size, 3, 6, options)(torch.randn(2, 6))
    assert images.shape == (2, 3, size, size) and images.abs().max() <= 1
    with pytest.raises(BadInput, match="power of two"):
        modulated.FAMILY.check(ModelConfig("gan", size + 4, 3, latent=6))
