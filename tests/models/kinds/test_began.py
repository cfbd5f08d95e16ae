"""What is particular to began."""

import torch

from fractaldream_models.settings import override
from small_steps import images, step_of


def test_began_moves_k_towards_its_equilibrium():
    step = step_of("began", gamma=0.5, k_rate=0.2)
    first = step(images(), None, None)
    real, fake = first["discriminator"], first["generator"]  # k is 0 in the first step
    balance = 0.5 * real - fake
    assert balance > 0  # a new generator makes grey, which is easy to reconstruct
    assert torch.isclose(step.memory["k"], 0.2 * balance)
    assert torch.isclose(first["convergence"], real + balance.abs())
    step.memory["k"] = torch.tensor(0.999)
    step.settings = override(step.settings, {"gamma": 50.0})
    assert step(images(), None, None)["k"] == 1  # it does not leave [0, 1]
