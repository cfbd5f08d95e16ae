"""What is particular to csvae."""

import pytest
import torch

from fractaldream_models.kinds import build, find
from fractaldream_models.kinds.csvae import RADIUS, SPREAD, between_classes, means
from fractaldream_models.model import ModelConfig

SMALL = {"size": 16, "channels": 1, "width": 0.1}


def test_latents_of_csvae_lie_in_one_normal_cloud_for_each_label():
    model = build(ModelConfig("csvae", latent=5, classes=4, label_latents=3, **SMALL))
    z = model.prior(torch.randn(8000, 5, generator=torch.Generator().manual_seed(0)))
    places = means(model.config, torch.arange(4))
    assert torch.allclose(places.norm(dim=1), torch.full((4,), RADIUS))
    labels = torch.cdist(z[:, :3], places).argmin(1)
    assert (labels.bincount(minlength=4) / 8000 - 0.25).abs().max() < 0.02
    noise = (z[:, :3] - places[labels]) / SPREAD
    assert noise.mean(0).abs().max() < 0.05 and (noise.std(0) - 1).abs().max() < 0.05
    assert (z[:, 3:].std(0) - 1).abs().max() < 0.05


def test_the_divergence_of_csvae_is_that_from_the_prior_of_the_label():
    model = build(ModelConfig("csvae", latent=4, classes=3, **SMALL))
    x, labels = torch.rand(6, 1, 16, 16), torch.tensor([0, 1, 2, 0, 1, 2])
    terms = find("csvae").likelihood(model, x, labels, torch.zeros(6, 4))
    mean, log_variance = model.posterior(x)
    ours = torch.distributions.Normal(mean, (0.5 * log_variance).exp())
    centre = torch.cat([means(model.config, labels), torch.zeros(6, 2)], 1)
    spread = torch.tensor([SPREAD, SPREAD, 1.0, 1.0])
    prior = torch.distributions.Normal(centre, spread)
    expected = torch.distributions.kl_divergence(ours, prior).sum(1).mean()
    assert terms.kl.item() == pytest.approx(expected.item(), rel=1e-4)


@pytest.mark.parametrize("apart", [0.0, 1.0])
def test_the_variance_between_classes_is_estimated_without_bias_at_any_scale(apart):
    draw = torch.Generator().manual_seed(0)
    labels = torch.arange(100) % 4
    estimates = []
    for _ in range(200):
        codes = torch.randn(100, 3, generator=draw)
        codes[:, 0] += apart * (labels % 2)
        estimates.append(between_classes(codes * torch.tensor([0.01, 1.0, 100.0]), labels))
    between = apart**2 / 4  # of the first latent, whose variance it is a part of
    expected = between / (1 + between)
    assert torch.stack(estimates).mean().item() == pytest.approx(expected, abs=0.02)


def test_the_reader_of_csvae_sees_the_label_however_small_the_latents_are():
    model = build(ModelConfig("csvae", latent=5, classes=4, **SMALL))
    z = torch.randn(64, 3, generator=torch.Generator().manual_seed(0))
    read = model.latent_discriminator
    assert torch.allclose(read(z), read(z * 0.1), atol=2e-3)
