"""Networks of Zhu 2017: translators, and verdicts on patches."""

import torch

from fractaldream_models.networks import zhu2017
from fractaldream_models.networks.family import LayerOptions


def test_images_are_translated_by_the_network_of_their_domain():
    torch.manual_seed(0)
    networks = zhu2017.Translators(1, LayerOptions(2, 3, width=0.05))
    x = torch.rand(2, 1, 16, 16)
    out = networks(x, torch.tensor([[1.0, 0.0], [0.0, 1.0]]))
    assert out.shape == x.shape and out.abs().max() <= 1
    for row, network in enumerate(networks.of_each):
        torch.testing.assert_close(out[row], network(x)[row], atol=1e-5, rtol=1e-4)


def test_a_block_adds_to_what_it_sees():
    block = zhu2017.Block(4, LayerOptions(2, 3))
    x = torch.randn(1, 4, 8, 8)
    torch.testing.assert_close(block(x) - block.net(x), x)
