"""Phases of training that several kinds share."""

import pytest
import torch
from torch import nn

from fractaldream_models import phases
from fractaldream_models.model import Model, ModelConfig
from fractaldream_models.training_step import Batch, MatchedPairs
from small_runs import small


class Recorder:
    """A step that minds losses."""

    def __init__(self, model, settings):
        self.model, self.settings, self.recorded = model, settings, {}

    def record(self, name, value):
        self.recorded[name] = value
        return value


def linear_model():
    """Two pixels, two latents: E is the identity, G too."""
    config = ModelConfig("aae", 2, 1, 2)
    encoder = nn.Sequential(nn.Flatten(), nn.Linear(4, 2, bias=False))
    generator = nn.Sequential(nn.Linear(2, 4, bias=False), nn.Unflatten(1, (1, 2, 2)))
    with torch.no_grad():
        encoder[1].weight.copy_(torch.eye(2, 4))
        generator[0].weight.copy_(torch.eye(4, 2))
    return Model(config, value_range=(-1.0, 1.0), generator=generator, encoder=encoder)


@pytest.mark.parametrize(("known", "error"), [("which", (0.2**2) / 8), ("number", (0.1**2) / 8)])
def test_the_loss_of_matched_pairs_on_a_linear_model(known, error):
    first = torch.tensor([[0.5, 0.3, 0, 0]]).view(1, 1, 2, 2)
    second = torch.tensor([[0.3, 0.4, 0, 0]]).view(1, 1, 2, 2)
    pairs = MatchedPairs(first, second, torch.tensor([[True, False]]))
    settings = small(matched_pairs=known, matched_weight=3.0)
    step = Recorder(linear_model(), settings)
    loss = phases.with_paired(step, Batch(first, matched=pairs), torch.zeros(()))
    # both images miss by half of what they differ in: the first latent, or the closest, the second
    assert step.recorded["matched"].item() == pytest.approx(2 * error / 2 / 2, rel=1e-5)
    assert loss.item() == pytest.approx(3 * step.recorded["matched"].item())
