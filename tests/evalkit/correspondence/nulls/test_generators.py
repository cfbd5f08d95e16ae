"""Ignorant generators."""

import numpy as np
import pytest

import fractaldream
from evalkit.correspondence.nulls.generators import narrow_config, untrained
from evalkit.correspondence.rungs.encoders import encode
from fractaldream_models.model import ModelConfig


@pytest.mark.parametrize(
    ("options", "used"),
    [((None, None), (None, None)), ((3, 5), (3, 5)), ((6, 9), (5, 9)), ((2, 51), (2, 31))],
)
def test_untrained_networks_have_the_convolutions_of_the_model_that_32_px_allow(options, used):
    config = ModelConfig("dcgan", 64, 1, 6, width=0.01, depth=options[0], kernel=options[1])
    small = narrow_config(untrained(config, 0)[1])
    assert (small.size, small.depth, small.kernel) == (32, *used)
    assert untrained(small, 1)[1].sample(2).shape == (2, 1, 32, 32)


def test_untrained_networks_of_levels_are_seen_and_see_in_the_colours_of_the_data():
    config = ModelConfig("aae", size=32, channels=1, latent=6, width=0.02)
    table = fractaldream.palette("kbc")
    z = np.random.default_rng(0).standard_normal((3, 6))
    images, model = untrained(config, 0, table)
    grey, same = untrained(config, 0)
    levels = (grey(z)[:, 0] * 255).round().astype(int)
    assert np.array_equal(
        (images(z) * 255).round().astype(int), table[levels].transpose(0, 3, 1, 2)
    )
    in_grey = levels[..., None].astype(np.uint8)
    assert np.allclose(encode(model, table[levels]), encode(same, in_grey), atol=1e-4)
