"""Linear networks, with and without labels."""

import torch
from torch import nn

from fractaldream_models.networks.linear import (
    LinearDecoder,
    LinearEncoder,
    LinearOptions,
    MlpDiscriminator,
)


def weights(network):
    return [tuple(p.shape) for p in network.parameters() if p.ndim == 2]


def test_512_hidden_units_there_and_back():
    options = LinearOptions(nn.ReLU)
    assert weights(LinearEncoder(28, 1, 6, options)) == [(512, 784), (6, 512)]
    assert weights(LinearDecoder(28, 1, 3, options)) == [(512, 3), (784, 512)]
    discriminator = MlpDiscriminator(28, 1, leak=0.2)
    assert weights(discriminator) == [(512, 784), (256, 512), (1, 256)]


def test_labels_are_appended_and_decide():
    options = LinearOptions(nn.ReLU, width=0.1, classes=3)
    x, z = torch.rand(2, 1, 8, 8), torch.rand(2, 4)
    first, second = (nn.functional.one_hot(torch.tensor([k, k]), 3).float() for k in (0, 1))
    for network, inputs, shape in (
        (LinearEncoder(8, 1, 4, options), x, (2, 4)),
        (LinearDecoder(8, 1, 4, options), z, (2, 1, 8, 8)),
        (MlpDiscriminator(8, 1, leak=0.2, classes=3), x, (2, 1)),
    ):
        out = network(inputs, first)
        assert out.shape == shape and not torch.equal(out, network(inputs, second))
