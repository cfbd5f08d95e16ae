"""Every setting that a kind accepts changes what is trained; those that it refuses do not."""

from dataclasses import fields

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models.kinds import build, built_in, defaults, find
from fractaldream_models.model import ModelConfig
from fractaldream_models.settings import override
from fractaldream_models.training.step import Step

OTHER = {
    **{"hidden": "tanh", "leak": 0.3, "bn_eps": 0.3, "batchnorm": False, "spectral_norm": True},
    **{"reconstruction_weight": 2.0, "latent_loss": "moments", "latent_weight": 3.0},
    **{"kl_weight": 2.0, "adversary_weight": 2.0, "real_low": 0.5, "real_high": 0.95},
    **{"label_noise": 0.9, "saturating": True, "optimizer": "sgd", "b1": 0.3, "b2": 0.5},
    **{"adversarial_loss": "relativistic", "augment": "photographs"},
    **{"r1_weight": 3.0, "r2_weight": 3.0},
    **{"identity_weight": 2.0, "orthogonal_weight": 2.0, "gamma": 2.0, "k_rate": 0.5},
    **{"critic_penalty_weight": 2.0, "clip": 0.01, "critic_steps": 1},
    **{"unary": True, "cluster_weight": 2.0, "code_weight": 2.0},
    **{"label_kl_weight": 2.0, "independence_weight": 2.0},
    **{"lr_e": 1e-2, "lr_g": 1e-2, "lr_d": 1e-2},
}


def weights(settings):
    """Return all weights after two steps on fixed images."""
    kind = find(settings.kind)
    names = [f.name for f in fields(ModelConfig) if f.name not in ("size", "channels", "classes")]
    shape = {"size": 16, "channels": 1, "classes": 2 if kind.labelled else 0}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        model = build(ModelConfig(**{name: getattr(settings, name) for name in names}, **shape))
    step = Step(model, settings, torch.Generator().manual_seed(0))
    low, high = kind.value_range
    images = low + (high - low) * torch.rand(
        4, 1, 16, 16, generator=torch.Generator().manual_seed(1)
    )
    labels = torch.arange(4) % 2 if kind.labelled else None
    for _ in range(2):
        step(images, labels, None)
    return torch.cat([value.flatten().double() for value in model.state_dict().values()])


@pytest.mark.parametrize("name", built_in())
def test_settings_that_are_accepted_change_the_training_and_no_others(name):
    losses = {"adversarial_loss": "bce", "latent_loss": "goareguer2019", "spectral_norm": False}
    base = override(
        defaults(name), {"kind": name, "latent": 3, "clusters": 2, "width": 0.02, **losses}
    )
    reference = weights(base)
    for key, value in OTHER.items():
        changed = override(base, {key: value})
        if key == "label_noise" and key in find(name).ignored:
            with pytest.raises(BadInput):
                find(name).check_settings(changed)
            continue
        trained = weights(changed)
        same = trained.shape == reference.shape and torch.equal(trained, reference)
        assert same == (key in find(name).ignored), key
