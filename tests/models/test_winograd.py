"""Convolutions by minimal filtering agree with the plain ones, gradients included."""

import pytest
import torch
import torch.nn.functional as F

from fractaldream_models import winograd
from fractaldream_models.blocks import HalvingConv9, UpConv


@pytest.mark.parametrize("shape", [(3, 5, 8, 12), (1, 2, 4, 4)])
def test_values_and_gradients_are_those_of_the_plain_convolution(shape):
    rng = torch.Generator().manual_seed(0)
    x = torch.randn(shape, generator=rng, dtype=torch.float64, requires_grad=True)
    weight = torch.randn((7, shape[1], 5, 5), generator=rng, dtype=torch.float64)
    weight.requires_grad_()
    ours, plain = winograd.convolve(x, weight), F.conv2d(x, weight, padding=2)
    torch.testing.assert_close(ours, plain, rtol=1e-10, atol=1e-10)
    along = torch.randn(plain.shape, generator=rng, dtype=torch.float64)
    for one, other in zip(
        torch.autograd.grad(ours, (x, weight), along),
        torch.autograd.grad(plain, (x, weight), along),
        strict=True,
    ):
        torch.testing.assert_close(one, other, rtol=1e-10, atol=1e-10)


def test_it_can_be_differentiated_twice():
    rng = torch.Generator().manual_seed(0)
    x = torch.randn((1, 1, 4, 4), generator=rng, dtype=torch.float64, requires_grad=True)
    weight = torch.randn((1, 1, 5, 5), generator=rng, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradgradcheck(winograd.convolve, (x, weight))


def test_a_wide_layer_trains_by_it_and_agrees_with_the_plain_form():
    torch.manual_seed(0)
    layer = UpConv(winograd.FEWEST_CHANNELS, 4)
    x = torch.randn(8, winograd.FEWEST_CHANNELS, 16, 16)
    assert winograd.pays(x, layer.folded()[0])
    with torch.no_grad():
        assert not winograd.pays(x, layer.folded()[0])
    outputs = layer(x), layer.plain(x)
    gradients = [torch.autograd.grad(y.square().mean(), layer.conv.weight)[0] for y in outputs]
    for ours, plain in (outputs, gradients):
        torch.testing.assert_close(ours, plain, rtol=0, atol=1e-3 * plain.std().item())


def test_a_wide_halving_trains_by_it_and_agrees_with_the_plain_form():
    torch.manual_seed(0)
    layer = HalvingConv9(winograd.FEWEST_CHANNELS // 4, 6)
    x = torch.randn(8, winograd.FEWEST_CHANNELS // 4, 32, 32)
    assert winograd.pays(F.pixel_unshuffle(x, 2), layer.of_phases())
    outputs = layer(x), F.conv2d(x, layer.weight, layer.bias, stride=2, padding=4)
    gradients = [torch.autograd.grad(y.square().mean(), layer.weight)[0] for y in outputs]
    for ours, plain in (outputs, gradients):
        torch.testing.assert_close(ours, plain, rtol=0, atol=1e-3 * plain.std().item())
    assert layer(x[..., :31]).shape == (8, 6, 16, 16)  # an odd side stays plain


@pytest.mark.parametrize(
    "x",
    [
        torch.zeros(8, 64, 16, 16),
        torch.zeros(8, 256, 18, 18),
        torch.zeros(1, 256, 16, 16),
        torch.zeros(8, 256, 16, 16, dtype=torch.float64),
    ],
)
def test_layers_that_gain_nothing_stay_plain(x):
    weight = torch.zeros(4, x.shape[1], 5, 5, dtype=x.dtype, requires_grad=True)
    assert not winograd.pays(x, weight)
