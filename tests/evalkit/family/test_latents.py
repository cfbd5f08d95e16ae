"""Latents of models that were trained on pairs."""

from types import SimpleNamespace

import numpy as np

from evalkit.family.latents import paired_latents
from evalkit.family.renderer import renderer_of
from fractaldream.recipe import PARAM_NAMES


def test_a_model_trained_on_pairs_is_asked_for_the_same_parameters():
    fd = renderer_of(None, mapping="standard", size=32, palette=None)
    v = np.random.default_rng(0).standard_normal((5, 6))
    mean, scale = np.full(6, 0.1), np.full(6, 0.9)
    facts = {"param_names": PARAM_NAMES, "param_mean": mean, "param_scale": scale}
    paired = SimpleNamespace(network=SimpleNamespace(metrics={"paired": 0.1}), data=facts)
    assert np.allclose(mean + scale * paired_latents(paired, fd, v), fd.parameters(v))
    other = SimpleNamespace(network=SimpleNamespace(metrics={}), data=facts)
    assert paired_latents(other, fd, v) is v
