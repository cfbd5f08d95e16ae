"""Networks of Goareguer 2019."""

import torch

from fractaldream_models.model import ModelConfig
from fractaldream_models.networks.goareguer2019 import generator_and_towers


def count(module):
    return sum(p.numel() for p in module.parameters())


def test_parameter_counts_are_those_of_the_source():
    config = ModelConfig("aae", 128, 3, 32)
    with torch.device("meta"):
        networks = generator_and_towers(config, encoder=32, discriminator=1)
    assert count(networks["generator"]) == 18_263_043
    assert count(networks["discriminator"]) == 13_985_665
