"""What is particular to clustergan."""

import pytest
import torch

from fractaldream_models.kinds import build, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override
from fractaldream_models.training.step_cost import fresh_step

SMALL = {"size": 16, "channels": 1, "width": 0.1}


def test_latents_of_clustergan_name_every_cluster_as_often():
    model = build(ModelConfig("clustergan", latent=9, clusters=5, **SMALL))
    z = model.prior(torch.randn(5000, 9, generator=torch.Generator().manual_seed(0)))
    clusters, rest = z[:, :5], z[:, 5:]
    assert set(clusters.unique().tolist()) == {0, 1} and (clusters.sum(1) == 1).all()
    assert (clusters.mean(0) - 0.2).abs().max() < 0.03
    assert rest.std() == pytest.approx(0.1, rel=0.05)
    codes = model.eval().encode(torch.rand(3, 1, 16, 16))
    assert torch.allclose(codes[:, :5].sum(1), torch.ones(3))


def test_the_generator_answers_for_latents_that_its_discriminator_has_not_seen():
    settings = override(find("clustergan").settings(), {"width": 0.1, "latent": 6, "clusters": 3})
    step, batch = fresh_step(settings, 4, size=16, channels=1)
    latents = []
    step.model.generator.register_forward_pre_hook(lambda _, z: latents.append(z[0]))
    step(*batch)
    assert len(latents) == 2 and not torch.equal(*latents)
