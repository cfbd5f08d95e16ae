"""Objectives on known answers."""

import math

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from fractaldream_models import losses

NOISE = torch.randn(4000, 3, generator=torch.Generator().manual_seed(0))


@given(st.floats(0, 1))
def test_the_loss_of_2019_is_flat_for_constant_z_below_one(a):
    z = torch.full((8, 3), a, dtype=torch.float64)
    assert float(losses.goareguer2019(z)) == pytest.approx(1, abs=1e-12)


def test_the_loss_of_2019_as_written():
    z = NOISE.double()
    expected = (z**2).mean() + ((z**2 - 1) ** 2).mean() ** 0.5
    assert float(losses.goareguer2019(z)) == pytest.approx(float(expected))


@pytest.mark.parametrize("loss", [losses.moments, lambda z: losses.mmd(z[:500], NOISE[500:1000])])
def test_moments_and_mmd_tell_a_unit_gaussian(loss):
    at_rest = float(loss(NOISE))
    assert abs(at_rest) < 0.05
    assert float(loss(0.2 * NOISE)) > at_rest + 0.1
    assert float(loss(NOISE + 1)) > at_rest + 0.1


def test_kl_of_gaussians():
    mean, log_variance = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, math.log(4)]])
    assert float(losses.kl(mean, log_variance)) == pytest.approx(0.5 + 0.5 * (4 - 1 - math.log(4)))


def test_nats_of_even_odds_are_log_two_per_pixel():
    logits = torch.zeros(3, 1, 4, 4)
    assert float(losses.bernoulli_nats(logits, torch.rand(3, 1, 4, 4))) == pytest.approx(
        16 * math.log(2)
    )


def test_saturating_and_non_saturating_push_the_same_way():
    for saturating in (False, True):
        logit = torch.zeros(4, 1, requires_grad=True)
        losses.generator_loss(logit, saturating).backward()
        assert (logit.grad < 0).all()


def test_the_hinge_loss_asks_for_a_margin_and_no_more():
    ones = torch.ones(3, 1)
    assert float(losses.hinge(2 * ones, -5 * ones)) == 0
    assert float(losses.hinge(0.5 * ones, -0.25 * ones)) == pytest.approx(1.25)


def test_relativistic_losses_compare_pairs():
    logits = torch.tensor([[5.0], [-2.0]])
    assert float(losses.relativistic(logits, logits)) == pytest.approx(math.log(2))
    better, worse = logits + 3, logits
    assert float(losses.relativistic(better, worse)) == pytest.approx(math.log(1 + math.exp(-3)))
    assert losses.relativistic(worse, better) > losses.relativistic(better, worse)


def test_latent_statistics_of_known_codes():
    normal = losses.latent_statistics(NOISE)
    assert normal.variance == pytest.approx(1, abs=0.05)
    assert normal.normality < 0.03
    small = losses.latent_statistics(0.2 * NOISE)
    assert small.variance == pytest.approx(0.04, abs=0.005)
    assert small.normality > 0.2
    tied = losses.latent_statistics(NOISE[:, :1].expand(-1, 2))
    assert tied.covariance == pytest.approx(1, abs=0.05)


def test_codes_agree_in_the_latents_that_are_known():
    first, second = torch.tensor([[0.0, 1, 2], [5, 5, 5]]), torch.tensor([[3.0, 1.5, 2], [5, 4, 9]])
    shared = torch.tensor([[True, False, True], [False, True, False]])
    assert torch.equal(losses.agreeing(first, second, shared, "which"), shared)
    closest = [[False, True, True], [True, False, False]]
    assert losses.agreeing(first, second, shared, "number").tolist() == closest
