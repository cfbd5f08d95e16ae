"""What is particular to biggan, began and wgan."""

import pytest
import torch
from torch import nn

from fractaldream_base.errors import BadInput
from fractaldream_models import gradient_penalty
from fractaldream_models.kinds import build, defaults
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.brock2019 import orthogonality
from fractaldream_models.requested import check_effect, request_settings
from fractaldream_models.settings import override
from fractaldream_models.training.step import Step


def small(kind, **changes):
    values = {"size": 16, "channels": 1, "latent": 6, "width": 0.1, **changes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build(ModelConfig(kind, classes=3 if kind == "biggan" else 0, **values))


def step_of(kind, **changes):
    settings = override(defaults(kind), {"latent": 6, **changes})
    return Step(small(kind, hidden=settings.hidden), settings, torch.Generator().manual_seed(0))


def images():
    return torch.rand(4, 1, 16, 16, generator=torch.Generator().manual_seed(1)) * 2 - 1


def test_every_part_of_the_latents_and_the_class_reach_the_image_of_biggan():
    model = small("biggan", latent=7).eval()  # three parts of 3, 2 and 2 latents
    z, label = torch.zeros(1, 7), torch.tensor([0])
    image = model.decode(z, label)
    for place in (0, 3, 5):
        moved = z.clone()
        moved[0, place] = 1
        assert not torch.equal(model.decode(moved, label), image)
    shares = torch.tensor([[0.5, 0.5, 0.0]])
    assert not torch.equal(model.decode(z, shares), image)
    assert not torch.equal(model.decode(z, torch.tensor([1])), image)
    assert not torch.equal(*(model.discriminate(image, torch.tensor([c])) for c in (0, 1)))


def test_spectral_norm_bounds_both_networks_of_biggan():
    model = small("biggan", spectral_norm=True).train()
    labels = torch.tensor([0, 1, 2, 0])
    for _ in range(20):
        model.discriminate(model.decode(torch.randn(4, 6), labels), labels)
    for weight in (model.generator.blocks[0].second.weight, model.discriminator.head.weight):
        gain = torch.linalg.matrix_norm(weight.detach().flatten(1), 2)
        assert float(gain) == pytest.approx(1, abs=0.05)


def test_orthogonal_filters_of_any_norm_cost_nothing():
    layer = nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[2.0, 0, 0], [0, 0, 5.0]]))
        assert float(orthogonality(layer)) == 0
        layer.weight.copy_(torch.tensor([[1.0, 1, 0], [1.0, 0, 0]]))
        assert float(orthogonality(layer)) == 2


def test_the_embedding_of_the_classes_is_left_out_whatever_surrounds_the_generator():
    settings = {"latent": 6, "equivariant": "normal"}
    plain, turned = small("biggan", latent=6), small("biggan", **settings)
    turned.generator.network.load_state_dict(plain.generator.state_dict())
    assert torch.equal(orthogonality(turned.generator), orthogonality(plain.generator))


def test_a_weight_of_the_penalty_beside_clipping_is_refused(tmp_path):
    named = request_settings({"kind": "wgan", "clip": 0.01, "critic_penalty_weight": 5.0})
    with pytest.raises(BadInput, match=r"means nothing with clip=0.01"):
        check_effect(named, str(tmp_path), None)


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


def test_wgan_trains_the_generator_in_every_kth_step_and_clips_where_it_shall():
    step = step_of("wgan", critic_steps=3, clip=0.02)
    moved = []
    for _ in range(4):
        before = step.model.generator.net[1].weight.detach().clone()
        losses = step(images(), None, None)
        moved.append(not torch.equal(step.model.generator.net[1].weight, before))
        assert torch.isclose(losses["discriminator"], -losses["critic_estimate"])
    assert moved == [True, False, False, True]
    assert max(float(w.detach().abs().max()) for w in step.model.critic.parameters()) <= 0.02
    assert "gradient_penalty" in step_of("wgan")(images(), None, None)


def test_the_penalty_of_a_linear_critic_is_that_of_its_slope():
    critic = nn.Sequential(nn.Flatten(), nn.Linear(9, 1))
    slope = critic[1].weight.detach().norm()
    penalty = gradient_penalty.one_centred(critic, torch.randn(5, 1, 3, 3))
    assert torch.isclose(penalty, (slope - 1) ** 2)
    penalty.backward()
    assert critic[1].weight.grad is not None
