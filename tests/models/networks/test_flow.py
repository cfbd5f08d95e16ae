"""The generator of flow matching."""

import pytest
import torch

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks import flow


def generator(**changes):
    torch.manual_seed(0)
    config = ModelConfig("flow", 16, 1, latent=256, width=0.05, **changes)
    return flow.FlowGenerator(config).eval()


@pytest.mark.parametrize(("size", "depth"), [(8, 1), (16, 1), (28, 1), (32, 2), (128, 4)])
def test_a_side_halves_down_to_8_to_15(size, depth):
    assert flow.FAMILY.resolve(ModelConfig("flow", size, 1, 4)).depth == depth


@torch.no_grad()
def test_images_are_where_the_velocity_leads():
    network = generator(ode_steps=4)
    z = torch.randn(2, 256) / 4
    network.velocity = lambda x, times: torch.full_like(x, 0.1)
    expected = (z.reshape(2, 1, 16, 16) + 0.1).clamp(-1, 1)
    torch.testing.assert_close(network(z), expected)


@torch.no_grad()
def test_equal_latents_give_equal_images_and_steps_may_be_set_afterwards():
    network = generator(ode_steps=1)
    z = torch.randn(2, 256)
    first = network(z)
    assert first.shape == (2, 1, 16, 16) and torch.equal(network(z), first)
    network.steps = 3
    assert network(z).isfinite().all()
