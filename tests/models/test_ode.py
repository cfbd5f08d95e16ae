"""The solver of ordinary differential equations has the order that it says."""

import itertools
import math

import pytest
import torch

from fractaldream_models.ode import midpoint


def test_the_error_on_a_linear_equation_falls_with_the_square_of_the_steps():
    start = torch.tensor([[1.0], [-2.0]], dtype=torch.float64)
    errors = [
        float((midpoint(lambda x, t: x, start, steps) - math.e * start).abs().max())
        for steps in (8, 16, 32)
    ]
    for coarse, fine in itertools.pairwise(errors):
        assert coarse / fine == pytest.approx(4, rel=0.15)


def test_a_velocity_that_is_constant_takes_one_step():
    start = torch.randn(3, 2, dtype=torch.float64)
    assert torch.equal(midpoint(lambda x, t: torch.ones_like(x), start, 1), start + 1)
