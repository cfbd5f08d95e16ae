"""Opening models and data: what each has, and one clear line for what it lacks."""

import numpy as np
import pytest
import torch

import fractaldream
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from models_files import write_model


@pytest.mark.parametrize("kind", ["aae", "dcgan", "vae", "cvae-gan"])
def test_models_are_what_they_were(tmp_path, kind):
    classes = 10 if kind == "cvae-gan" else 0
    model = open_model(write_model(tmp_path / "m.pt", kind, classes=classes))
    assert (model.latent, model.size, model.channels) == (3, 16, 1)
    assert model.conditional == (classes > 0) and model.encodes == (kind != "dcgan")
    images = model.sample(300, np.random.default_rng(0))
    assert images.shape == (300, 1, 16, 16) and images.dtype == np.float32
    assert images.min() >= 0 and images.max() <= 1
    z = model.draw(300, np.random.default_rng(0))
    labels = model.turns(300)
    low, high = model.network.value_range
    with torch.no_grad():  # batches make no difference
        whole = model.network.decode(
            torch.from_numpy(z).float(), None if labels is None else torch.from_numpy(labels)
        )
    assert np.allclose(images, (whole.numpy() - low) / (high - low), atol=1e-5)
    if model.encodes:
        assert model.encode(images, labels).shape == (300, 3)
    else:
        with pytest.raises(BadInput, match="no encoder"):
            model.encode(images)


def test_a_network_of_levels_is_seen_in_colour(tmp_path):
    table = fractaldream.palette("kbc")
    path = write_model(tmp_path / "m.pt", "aae", colours=table.tolist())
    model, grey = open_model(path), open_model(write_model(tmp_path / "g.pt", "aae"))
    assert (model.channels, grey.channels) == (3, 1)
    z = model.draw(20, np.random.default_rng(0))
    levels = grey.decode(z)  # the same weights
    rows = (levels[:, 0] * 255).round().astype(int)
    images = model.decode(z)
    assert np.array_equal((images * 255).round().astype(int), table[rows].transpose(0, 3, 1, 2))
    rounded = (rows / 255)[:, None].astype(np.float32)
    assert np.allclose(model.encode(images), grey.encode(rounded), atol=1e-6)
    assert np.allclose(model.discriminate(images), grey.discriminate(rounded), atol=1e-6)


def test_labels(tmp_path):
    path = write_model(tmp_path / "m.pt", "cvae", classes=2, class_names=["cat", "dog"])
    model = open_model(path)
    assert model.labels == ("cat", "dog") and model.label("dog") == 1
    with pytest.raises(BadInput, match="no label 'cow'; there are cat, dog"):
        model.label("cow")
    with pytest.raises(BadInput, match="needs labels"):
        model.decode(np.zeros((2, 3)))
    plain = open_model(write_model(tmp_path / "p.pt"))
    with pytest.raises(BadInput, match="takes no labels"):
        plain.decode(np.zeros((2, 3)), np.zeros(2, int))


def test_what_is_not_finite_is_refused(tmp_path):
    model = open_model(write_model(tmp_path / "m.pt"))
    for weights in model.network.parameters():
        weights.fill_(torch.nan)
    with pytest.raises(BadInput, match="images that hold NaN"):
        model.decode(np.zeros((2, 3)))
    with pytest.raises(BadInput, match="latents that hold NaN"):
        model.encode(np.zeros((2, 1, 16, 16)))
