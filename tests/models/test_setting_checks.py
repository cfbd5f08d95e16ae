"""Values of settings that no run can use."""

from dataclasses import replace

import pytest

from fractaldream_base.errors import BadInput
from fractaldream_models.setting_checks import check
from fractaldream_models.settings import Settings


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"optimizer": "adagrad"}, "optimizer=adagrad: give one of adam, sgd"),
        ({"lr_d": 0.0}, "lr_d=0.0: must be above 0"),
        ({"epochs": 0}, "epochs=0: must be 1 or more"),
        ({"batch": 1}, "batch=1: BatchNorm and the latent losses need 2 or more"),
        ({"held_out": 1.0}, r"held_out=1.0: must lie in \[0, 1\)"),
        ({"paired_share": 1.5}, "paired_share=1.5"),
        ({"kl_weight": -1.0}, "kl_weight=-1.0: must be 0 or more"),
        ({"adversarial_loss": "hinge", "label_noise": 0.1}, "label_noise: means nothing to"),
        ({"penalty": "finite-difference", "spectral_norm": True}, "give penalty=exact"),
        ({"real_low": 0.9, "real_high": 0.8}, "0 <= low <= high <= 1"),
    ],
)
def test_a_value_that_cannot_be_used_is_named_with_what_can(changes, words):
    with pytest.raises(BadInput, match=words) as caught:
        check(replace(Settings(), **changes))
    assert "\n" not in str(caught.value)


def test_defaults_can_be_used():
    check(Settings())
    check(replace(Settings(), depth=None, limit=None))
