"""Ignorant generators."""

import pytest
from fractaldream_models.model import ModelConfig

from evalkit.correspondence.nulls.generators import narrow_config, untrained


@pytest.mark.parametrize(
    ("options", "used"),
    [((None, None), (None, None)), ((3, 5), (3, 5)), ((6, 9), (5, 9)), ((2, 51), (2, 31))],
)
def test_untrained_networks_have_the_convolutions_of_the_model_that_32_px_allow(options, used):
    config = ModelConfig("dcgan", 64, 1, 6, width=0.01, depth=options[0], kernel=options[1])
    small = narrow_config(untrained(config, 0)[1])
    assert (small.size, small.depth, small.kernel) == (32, *used)
    assert untrained(small, 1)[1].sample(2).shape == (2, 1, 32, 32)
