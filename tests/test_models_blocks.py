"""The fast form of nearest x2 and conv 9x9 against the form as written."""

import pytest
import torch

from models.blocks import UpConv9, source_init


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 4), (1, 4, 16, 16)])
def test_upconv_equals_its_twin_with_gradients(shape):
    torch.manual_seed(0)
    up = UpConv9(shape[1], 3).double()
    x = torch.randn(shape, dtype=torch.float64, requires_grad=True)
    weights = torch.randn(shape[0], 3, 2 * shape[2], 2 * shape[3], dtype=torch.float64)
    results = []
    for form in (up, up.plain):
        y = form(x)
        gradients = torch.autograd.grad((y * weights).sum(), [x, *up.parameters()])
        results.append([y, *gradients])
    for fast, plain in zip(*results, strict=True):
        assert fast.shape == plain.shape
        assert (fast - plain).abs().max() < 1e-12


def test_upconv_keeps_the_parameters_of_the_9x9_convolution():
    up = UpConv9(4, 6)
    assert {k: tuple(v.shape) for k, v in up.state_dict().items()} == {
        "conv.weight": (6, 4, 9, 9),
        "conv.bias": (6,),
    }


def test_weights_start_with_variance_two_over_fans():
    torch.manual_seed(0)
    layer = torch.nn.Linear(300, 500)
    source_init(layer)
    assert layer.weight.var().item() == pytest.approx(2 / 800, rel=0.02)
    assert not layer.bias.any()
