"""Networks of Berthelot 2017."""

import pytest
import torch

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import berthelot2017


@pytest.mark.parametrize(("size", "depth"), [(16, 1), (28, 2), (64, 3)])
def test_a_critic_answers_how_badly_it_reconstructs_each_image(size, depth):
    config = ModelConfig("began", size, 1, latent=5, width=0.05)
    options = berthelot2017.FAMILY.layer_options(config)
    assert (options.depth, options.kernel) == (depth, 3)
    critic = berthelot2017.AutoencodingCritic(size, 1, 5, options)
    x = torch.rand(3, 1, size, size) * 2 - 1
    codes = critic.encoder(x)
    decoded = critic.decoder(codes)
    assert codes.shape == (3, 5) and decoded.shape == x.shape and decoded.abs().max() <= 1
    errors = critic(x)
    assert errors.shape == (3,)
    torch.testing.assert_close(errors, (x - decoded).abs().mean((1, 2, 3)))
