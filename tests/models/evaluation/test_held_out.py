"""The figures of a model on held-out images."""

from dataclasses import replace

import pytest
import torch

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.data.tensors import Data
from fractaldream_models.evaluation import held_out
from fractaldream_models.model import ModelConfig


@pytest.fixture
def data():
    images = torch.randint(0, 256, (40, 1, 16, 16), generator=torch.Generator().manual_seed(0))
    return Data(images.byte(), torch.arange(20), torch.arange(20, 40))


def made(kind, **changes):
    torch.manual_seed(0)
    return kinds.build(ModelConfig(kind, 16, 1, latent=3, width=0.1, **changes)).eval()


def mean_features(images):
    return images.mean((2, 3)) * torch.tensor([[1.0, 2.0, 3.0]])


def test_the_error_is_that_of_the_reconstructions_in_any_batch(data):
    model = made("ae")
    rows = data.validation
    decoded = held_out.encode_and_decode(model, data, rows, returned=4)
    x = data.batch(rows, (0, 1))
    with torch.no_grad():
        again = model.decode(model.encode(x))
    each = (again - x).square().mean((1, 2, 3))
    assert decoded.figures["validation_mse"] == pytest.approx(float(each.mean()), rel=1e-5)
    torch.testing.assert_close(decoded.terms["validation_mse"], each.double(), rtol=1e-4, atol=1e-6)
    assert decoded.images.shape == (4, 1, 16, 16) and decoded.codes.shape == (20, 3)


def test_samples_are_the_same_at_every_call_and_come_in_pairs():
    model = made("dcgan4")
    first = held_out.samples(model, 6, seed=1)
    assert torch.equal(first, held_out.samples(model, 6, seed=1))
    assert not torch.equal(first, held_out.samples(model, 6, seed=2))
    assert first.min() >= 0 and first.max() <= 1
    pairs = held_out.samples(model, 6, seed=1, repeats=2)
    torch.testing.assert_close(pairs[::2], pairs[1::2])


def test_an_epoch_has_the_figures_that_its_kind_has(data):
    held = held_out.hold_out(data, mean_features)
    encoding, adversarial = (
        held_out.figures(made(kind), data, held, seed=0) for kind in ("vae", "dcgan4")
    )
    shared = {"kernel_distance", "diversity_ratio"}
    assert shared | {"validation_mse", "validation_kl", "latent_mean"} <= encoding.row.keys() | {
        "latent_mean"
    }
    assert shared <= adversarial.row.keys() and "validation_mse" not in adversarial.row
    assert len(encoding.terms["validation_mse"]) == 20


def test_a_figure_that_a_kind_does_not_have_cannot_choose():
    defaults = kinds.defaults("dcgan")
    assert held_out.chosen_figure(defaults) == "kernel_distance"
    for by, words in (("reconstruction", "has no encoder"), ("loss", "has no held-out loss")):
        with pytest.raises(BadInput, match=f"choose={by}: dcgan {words}"):
            held_out.check_chosen_figure(replace(defaults, choose=by))
    assert "reconstruction error" in held_out.figure_in_words("validation_mse")
