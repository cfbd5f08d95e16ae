"""The average of the generator's weights."""

import torch
from torch import nn

from fractaldream_models.training.generator_average import GeneratorAverage


def averaged(weights, decay):
    """Return the average after a training from 0 that has these weights after its steps."""
    layer = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(layer.weight)
    average = GeneratorAverage(layer, decay)
    for number, value in enumerate(weights, 1):
        nn.init.constant_(layer.weight, value)
        average.update(layer, number)
    return float(average.generator.weight.detach())


def test_the_weights_that_a_training_began_with_are_soon_forgotten():
    assert averaged([1.0] * 30, 0.999) > 0.99


def test_late_steps_have_the_decay_that_was_set():
    before, after = averaged([0.0] * 2000, 0.9), averaged([0.0] * 2000 + [1.0], 0.9)
    assert before == 0
    assert torch.isclose(torch.tensor(after), torch.tensor(0.1))
