"""What is particular to bigan."""

import pytest
import torch

from fractaldream_models.settings import override, preset
from fractaldream_models.training.step_cost import fresh_step


@pytest.mark.parametrize("loss", ["bce", "hinge", "relativistic"])
def test_the_pairs_of_bigan_train_encoder_generator_and_discriminator(loss):
    for unary, logits in ((False, 1), (True, 3)):
        changes = {"unary": unary, "width": 0.1, "latent": 4, "adversarial_loss": loss}
        step, batch = fresh_step(override(preset("bigan-mnist"), changes), 4, 16, 1)
        before = {name: value.clone() for name, value in step.model.state_dict().items()}
        assert step.model.pair_discriminator(batch[0], torch.zeros(4, 4)).shape == (4, logits)
        losses = step(*batch)
        assert all(value.isfinite().all() for value in losses.values())
        changed = {
            n.split(".")[0] for n, v in step.model.state_dict().items() if (v != before[n]).any()
        }
        assert changed == {"encoder", "generator", "pair_discriminator"}


@pytest.mark.parametrize("form", ["exact", "finite-difference"])
def test_the_penalties_of_bigan_are_computed_in_float32_beside_bfloat16(form):
    changes = {"width": 0.1, "latent": 4, "r1_weight": 1.0, "r2_weight": 1.0, "penalty": form}
    step, batch = fresh_step(override(preset("bigan-mnist"), changes), 4, 16, 1)
    with torch.autocast("cpu", torch.bfloat16):
        losses = step(*batch)
    assert losses["gradient_penalty"].isfinite() and losses["gradient_penalty"] > 0
