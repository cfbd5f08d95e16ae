"""Networks that were made ready for many calls give the same numbers."""

import torch
from torch import nn

from evalkit.inputs.folding import folded
from fractaldream_models.blocks import UpConv


def test_a_folded_network_gives_the_same_images():
    torch.manual_seed(0)
    network = nn.Sequential(UpConv(3, 4, 5), nn.ReLU(), nn.Sequential(UpConv(4, 1, 5)))
    before = {name: values.clone() for name, values in network.state_dict().items()}
    ready = folded(network)
    assert not any(isinstance(part, UpConv) for part in ready.modules())
    z = torch.randn(2, 3, 4, 4)
    torch.testing.assert_close(ready(z), network(z), rtol=1e-5, atol=1e-6)
    for name, values in network.state_dict().items():
        assert torch.equal(values, before[name])  # the network itself is left as it is


def test_a_network_without_what_could_be_folded_is_returned():
    network = nn.Sequential(nn.Conv2d(1, 1, 3))
    assert folded(network) is network
