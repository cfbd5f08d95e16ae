"""What can be asked of a model."""

import pytest
import torch

from evalkit.correspondence.inputs import check_comparable
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig, truncated_normal

SMALL = {"size": 16, "channels": 1, "width": 0.1}


def test_latents_that_are_not_normal_are_not_truncated_and_not_compared(tmp_path):
    model = build(ModelConfig("clustergan", latent=6, **SMALL))
    with pytest.raises(BadInput, match=r"truncation 0.5: the latents of clustergan"):
        model.sample(2, truncation=0.5)
    checkpoint.save(model, tmp_path / "a.pt", data={}, metrics={})
    opened = open_model(str(tmp_path / "a.pt"))
    assert not opened.normal_prior
    with pytest.raises(BadInput, match="no normal latents"):
        check_comparable([opened])


@pytest.fixture
def model():
    return build(ModelConfig("cvae", 8, 1, 2, classes=3, width=0.05)).eval()


def test_truncated_latents_lie_within_the_threshold_and_keep_their_shape(model):
    draws = [truncated_normal((20_000,), 0.7, torch.Generator().manual_seed(s)) for s in (0, 0, 1)]
    assert torch.equal(draws[0], draws[1]) and not torch.equal(draws[0], draws[2])
    assert draws[0].abs().max() <= 0.7
    inside = torch.randn(60_000, generator=torch.Generator().manual_seed(2))
    inside = inside[inside.abs() <= 0.7]
    levels = torch.tensor([0.1, 0.5, 0.9])
    assert torch.allclose(draws[0].quantile(levels), inside.quantile(levels), atol=0.02)
    assert not truncated_normal((5,), 0.0).any()


@pytest.mark.parametrize("truncation", [None, 0.5])
@pytest.mark.parametrize("n", [1, 31, 32, 33, 34, 65, 80])
def test_latents_drawn_in_parts_are_those_of_one_draw(n, truncation):
    model = build(ModelConfig("ae", 8, 1, 6, width=0.05)).eval()
    whole = model.sample(n, torch.Generator().manual_seed(7), truncation=truncation)
    generator = torch.Generator().manual_seed(7)
    parts = list(model.sample_batches(n, generator, rows=16, truncation=truncation))
    assert [at.start for at, _ in parts] == list(range(0, n, 16))
    assert torch.allclose(torch.cat([images for _, images in parts]), whole, atol=1e-6)
