"""The network of images and times."""

import torch

from fractaldream_models.networks.family import LayerOptions
from fractaldream_models.networks.unet import Attention, TimeBlock, TimeUNet, waves


def test_blocks_begin_with_what_they_see():
    x = torch.randn(2, 8, 4, 4)
    assert torch.equal(TimeBlock(8, 8, 3)(x, torch.randn(2, 3)), x)
    attention = Attention(8)
    assert torch.equal(attention(x), x)
    with torch.no_grad():
        attention.gain.fill_(1)
    turned = x.rot90(1, (2, 3))
    torch.testing.assert_close(attention(turned), attention(x).rot90(1, (2, 3)))


def test_times_are_told_apart():
    times = torch.linspace(0, 1, 65)
    codes = waves(times)
    distances = torch.cdist(codes, codes) + 10 * torch.eye(65)
    assert codes.shape[0] == 65 and codes.abs().max() <= 1 and distances.min() > 0.1


def test_the_side_is_kept_and_the_time_reaches_the_image():
    torch.manual_seed(0)
    network = TimeUNet(3, LayerOptions(2, 2, width=0.05))
    with torch.no_grad():
        for name, values in network.named_parameters():
            if name.endswith("gain"):
                values.fill_(1)
    x = torch.randn(1, 3, 12, 12).expand(2, -1, -1, -1)
    out = network(x, torch.tensor([0.1, 0.9]))
    assert out.shape == x.shape and not torch.allclose(out[0], out[1], atol=1e-4)
