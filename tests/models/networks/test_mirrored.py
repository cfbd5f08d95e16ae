"""A generator with the towers that mirror it."""

from torch import nn

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.family import LayerOptions
from fractaldream_models.networks.mirrored import build_mirrored


def test_every_name_has_a_tower_of_its_own_with_so_many_outputs():
    calls = []

    def network(*arguments):
        calls.append(arguments)
        return nn.Identity()

    options = LayerOptions(2, 4)
    config = ModelConfig("aae", 32, 3, latent=6)
    parts = build_mirrored(config, options, network, network, {"encoder": 6, "discriminator": 1})
    assert list(parts) == ["generator", "encoder", "discriminator"]
    assert calls == [(32, 3, outputs, options) for outputs in (6, 6, 1)]
    assert len({id(part) for part in parts.values()}) == 3
