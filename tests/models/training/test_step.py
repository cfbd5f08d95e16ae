"""One training step."""

import torch

from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.training.step import Step
from small_runs import small


def test_an_adversary_leaves_no_gradient_in_the_discriminator():
    model = build(ModelConfig("aae", 16, 1, 4, width=0.05))
    step = Step(model, small(), torch.Generator().manual_seed(0))
    seen = {}
    update = step.update

    def watched(name, loss):
        update(name, loss)
        gradients = [p.grad for p in model.discriminator.parameters()]
        seen[name] = [None if g is None else g.clone() for g in gradients]

    step.update = watched
    step(torch.rand(4, 1, 16, 16), None, None)
    assert seen["autoencoder"] == [None] * len(seen["autoencoder"])
    for after_d, after_g in zip(seen["discriminator"], seen["generator"], strict=True):
        assert torch.equal(after_d, after_g)
    assert all(p.requires_grad for p in model.discriminator.parameters())
