"""What images cost a model in nats."""

import pytest
import torch
from torch.distributions import Bernoulli, Normal, kl_divergence

from fractaldream_models.kinds import build
from fractaldream_models.likelihood import deterministic, variational
from fractaldream_models.model import ModelConfig


@pytest.fixture
def images():
    return torch.rand(5, 1, 16, 16, generator=torch.Generator().manual_seed(0)).round()


def made(kind):
    torch.manual_seed(0)
    return build(ModelConfig(kind, 16, 1, latent=3, width=0.1)).eval()


@torch.no_grad()
def test_the_bound_is_that_of_bernoulli_pixels_and_normal_codes(images):
    model = made("vae")
    epsilon = torch.randn(5, 3)
    terms = variational(model, images, None, epsilon)
    mean, log_variance = model.posterior(images, None)
    posterior = Normal(mean, (0.5 * log_variance).exp())
    torch.testing.assert_close(terms.codes, mean + posterior.scale * epsilon)
    divergence = kl_divergence(posterior, Normal(0.0, 1.0)).sum(1)
    pixels = Bernoulli(logits=model.generator(terms.codes)).log_prob(images).sum((1, 2, 3))
    torch.testing.assert_close(terms.kl, divergence.mean())
    torch.testing.assert_close(terms.reconstruction, -pixels.mean())
    torch.testing.assert_close(terms.of_each(), divergence - pixels)


@torch.no_grad()
def test_deterministic_codes_have_no_divergence(images):
    model = made("ae")
    terms = deterministic(model, images, None, None)
    assert terms.kl is None
    torch.testing.assert_close(terms.codes, model.encode(images))
    torch.testing.assert_close(terms.of_each().mean(), terms.reconstruction)
