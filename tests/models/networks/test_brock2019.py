"""Networks of Brock 2019: the penalty that keeps filters orthogonal."""

import torch
from torch import nn

from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.brock2019 import orthogonality


def small(kind, **changes):
    values = {"size": 16, "channels": 1, "latent": 6, "width": 0.1, **changes}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return build(ModelConfig(kind, classes=3 if kind == "biggan" else 0, **values))


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
