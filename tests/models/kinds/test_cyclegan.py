"""What is particular to cyclegan."""

from dataclasses import replace

import pytest
import torch
from torch import nn

import fractaldream_models as fm
from domain_files import built, fit
from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint, kinds
from fractaldream_models.kinds import cyclegan
from fractaldream_models.training.step import Step
from small_runs import figures, same_weights


def test_translators_that_change_nothing_have_no_cycle_and_no_identity_loss():
    images = [torch.rand(3, 1, 8, 8), torch.rand(3, 1, 8, 8)]
    same = [nn.Identity(), nn.Identity()]
    assert cyclegan.cycle_loss(same, images, images) == 0
    assert cyclegan.identity_loss(same, images) == 0
    inverse = [nn.Tanh(), type("Atanh", (nn.Module,), {"forward": lambda self, x: x.atanh()})()]
    translated = [f(x) for f, x in zip(inverse, [i / 2 for i in images], strict=True)]
    assert cyclegan.cycle_loss(inverse, [i / 2 for i in images], translated) < 1e-6
    assert cyclegan.identity_loss(inverse, [i / 2 for i in images]) > 0.01


def test_the_history_gives_back_earlier_fakes_and_keeps_new_ones():
    step = Step(built("cyclegan"), fm.preset("cyclegan-fdd"), torch.Generator().manual_seed(0))

    def fakes(number):
        """Sixteen fakes of each domain, in turn, that are known by their values."""
        values = number * 100 + torch.arange(32.0)
        return values[:, None, None, None].expand(-1, 1, 2, 2)

    def values(images):
        return images[:, 0, 0, 0].tolist()

    for number in range(4):  # the history fills, and all fakes are seen at once
        assert torch.equal(cyclegan.from_history(step, fakes(number)), fakes(number))
    assert step.memory["fakes"].shape == (cyclegan.HISTORY, 2, 1, 2, 2)
    exchanged = values(cyclegan.from_history(step, fakes(9)))
    earlier = [value for value in exchanged if value < 900]
    assert 0 < len(earlier) < 32
    assert all(int(value) % 2 == row % 2 for row, value in enumerate(exchanged))  # of one domain
    history = values(step.memory["fakes"].flatten(0, 1))
    assert sum(value >= 900 for value in history) == len(earlier)
    assert not set(earlier) & set(history) and len(set(history)) == 2 * cyclegan.HISTORY


def test_a_translation_goes_on_bit_for_bit_with_its_history(places, monkeypatch):
    monkeypatch.setattr(cyclegan, "HISTORY", 4)  # full after one step
    fit(places, "whole", epochs=2, limit=32)
    fit(places, "cut", epochs=1, limit=32)
    fit(places, "cut", epochs=2, limit=32, run={"resume": True})
    for name in ("state.pt", "last.pt", "ckpt.pt"):
        same_weights(places / "whole" / name, places / "cut" / name)
    assert figures(places / "whole") == figures(places / "cut")
    assert "fakes" in checkpoint.read(places / "cut" / "state.pt")["memory"]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"size": 8}, "size 8: cyclegan judges patches, and needs 12 px or more"),
        ({"depth": 4}, "leaves cyclegan one pixel of 16; give 3 or less"),
        ({"latent": 6, "equivariant": "normal"}, "equivariant=normal: cyclegan has no latents"),
    ],
)
def test_translators_that_cannot_be_trained_say_so(changes, words):
    with pytest.raises(BadInput, match=words):
        built("cyclegan", **changes)


@pytest.mark.parametrize("changes", [{"size": 12}, {"depth": 3}])
def test_the_smallest_translators_are_trained(changes):
    settings = replace(kinds.defaults("cyclegan"), width=0.02)
    Step(built("cyclegan", width=0.02, **changes), settings, torch.Generator().manual_seed(0))(
        torch.rand(4, 1, changes.get("size", 16), changes.get("size", 16)), None
    )
