"""Gradient penalties on known answers, and the steps that compute them."""

import pytest
import torch
from torch import nn

from fractaldream_models import gradient_penalty
from fractaldream_models import gradient_penalty as penalty
from fractaldream_models.kinds import defaults
from fractaldream_models.settings import override
from fractaldream_models.training.step_cost import fresh_step


def draws(*shape, seed=0):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)


def linear():
    weight = draws(12, 1, seed=1).requires_grad_()
    return weight, lambda x: x.flatten(1) @ weight + 3


def test_the_penalty_of_a_linear_discriminator_is_the_square_of_its_weights():
    weight, discriminate = linear()
    value = penalty.exact(discriminate, draws(5, 3, 2, 2))
    assert float(value.detach()) == pytest.approx(float(weight.detach().square().sum()))
    (gradient,) = torch.autograd.grad(value, weight)
    assert torch.allclose(gradient, 2 * weight)


def test_finite_differences_of_a_linear_discriminator_are_exact_up_to_their_noise():
    weight, discriminate = linear()
    noise = draws(20_000, 3, 2, 2)
    images = draws(20_000, 3, 2, 2, seed=2)
    value = penalty.finite_difference(discriminate, images, discriminate(images), noise)
    assert torch.allclose(value, (noise.flatten(1) @ weight).square().mean())
    assert float(value.detach()) == pytest.approx(float(weight.detach().square().sum()), rel=0.05)
    (gradient,) = torch.autograd.grad(value, weight)
    assert torch.allclose(gradient, 2 * weight, atol=0.2)


def test_both_forms_and_their_gradients_agree_on_a_smooth_discriminator():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Flatten(), nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1)).double()
    images = draws(1, 1, 2, 2).expand(40_000, -1, -1, -1)
    weights = list(net.parameters())[:-1]  # the penalty does not depend on the last bias
    forms = (
        penalty.exact(net, images[:1]),
        penalty.finite_difference(net, images, net(images), draws(40_000, 1, 2, 2)),
    )
    assert float(forms[1].detach()) == pytest.approx(float(forms[0].detach()), rel=0.05)
    exact, estimate = (
        torch.cat([g.flatten() for g in torch.autograd.grad(f, weights)]) for f in forms
    )
    assert torch.cosine_similarity(exact, estimate, dim=0) > 0.99
    assert float((exact - estimate).norm() / exact.norm()) < 0.1


def test_both_forms_are_of_the_sum_of_several_logits():
    weight = draws(4, 3, seed=1)
    images = draws(1, 1, 2, 2).expand(40_000, -1, -1, -1)

    def discriminate(x):
        return x.flatten(1) @ weight

    noise = draws(40_000, 1, 2, 2)
    estimate = penalty.finite_difference(discriminate, images, discriminate(images), noise)
    exact = penalty.exact(discriminate, images[:1])
    assert float(exact) == pytest.approx(float(weight.sum(1).square().sum()))
    assert float(estimate) == pytest.approx(float(exact), rel=0.05)


@pytest.mark.parametrize("form", ["exact", "finite-difference"])
def test_lazy_penalties_weigh_as_much_on_average(form):
    changes = {
        "kind": "gan",
        "width": 0.05,
        "latent": 3,
        "penalty": form,
        "lr_g": 1e-9,
        "lr_d": 1e-9,
    }

    def penalties(every, **weights):
        settings = override(defaults("gan"), changes | {"penalty_every": every, **weights})
        torch.manual_seed(0)
        step, batch = fresh_step(settings, 4, 16, 1)
        return [float(step(*batch)["gradient_penalty"]) for _ in range(4)]

    often, lazy = penalties(1), penalties(2)
    assert all(value > 0 for value in often)
    assert lazy[1] == lazy[3] == 0
    assert lazy[0] == pytest.approx(2 * often[0], rel=1e-3)  # the weights stand still
    alone = penalties(1, r2_weight=0)[0] + penalties(1, r1_weight=0)[0]
    assert alone == pytest.approx(often[0], rel=1e-3 if form == "exact" else 2)


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(9, 1))
    slope = critic[1].weight.detach().norm()
    penalty = gradient_penalty.one_centred(critic, torch.randn(5, 1, 3, 3))
    assert torch.isclose(penalty, (slope - 1) ** 2)
    penalty.backward()
    assert critic[1].weight.grad is not None
