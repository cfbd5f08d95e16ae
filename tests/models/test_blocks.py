"""The fast form of nearest x2 and convolution against the form as written; sides; weights."""

import pytest
import torch

from fractaldream_models.blocks import UpConv, doubling, halving, source_init


@pytest.mark.parametrize("kernel", [1, 3, 5, 7, 9, 11, 13])
@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (2, 3, 5, 4), (1, 4, 16, 16)])
def test_upconv_equals_its_twin_with_gradients(shape, kernel):
    torch.manual_seed(0)
    up = UpConv(shape[1], 3, kernel).double()
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


@pytest.mark.parametrize(("kernel", "small"), [(3, 3), (5, 3), (7, 5), (9, 5), (11, 7)])
def test_upconv_keeps_the_parameters_of_the_convolution_and_computes_a_smaller_one(kernel, small):
    up = UpConv(4, 6, kernel)
    assert {k: tuple(v.shape) for k, v in up.state_dict().items()} == {
        "conv.weight": (6, 4, kernel, kernel),
        "conv.bias": (6,),
    }
    assert up.folded()[0].shape == (24, 4, small, small)


@pytest.mark.parametrize("kernel", range(2, 10))
def test_a_side_halves_and_doubles_with_any_kernel(kernel):
    x = torch.zeros(1, 3, 14, 14)
    assert halving(3, 2, kernel)(x).shape == (1, 2, 7, 7)
    assert doubling(3, 2, kernel)(x).shape == (1, 2, 28, 28)


def test_weights_start_with_variance_two_over_fans():
    torch.manual_seed(0)
    layer = torch.nn.Linear(300, 500)
    source_init(layer)
    assert layer.weight.var().item() == pytest.approx(2 / 800, rel=0.02)
    assert not layer.bias.any()
