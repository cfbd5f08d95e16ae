"""One row: parts that are left out, and what cannot be measured is said."""

import numpy as np
import pytest

from evalkit.comparison.measurement import activation_of, measure_run
from evalkit.comparison.options import CompareOptions
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.networks.features import pixels
from explorer_pages import write_model
from models_files import write_mnist

WITHOUT = ("copying",)


@pytest.fixture(scope="module")
def idx(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    write_mnist(folder / "idx", 600)
    return folder / "idx"


def measured(idx, path, kind, size=28):
    model = open_model(write_model(path, kind, size=size))
    images = open_images("mnist", model, root=idx, resize=size != 28)
    options = CompareOptions(n=60, without=WITHOUT)
    return measure_run(model, images, "name", features=pixels(size, 1), options=options)


def test_data_without_parameters_have_no_disentanglement(idx, tmp_path):
    row = measured(idx, tmp_path / "vae.pt", "vae")
    assert row.run == "name" and row.latent == 2 and row.parameters > 0
    assert {"mse", "of_pca", "frechet", "diversity"} <= row.figures.keys()
    assert "copying" not in row.figures and "mig" not in row.figures
    assert any("no disentanglement: the data have no true parameters" in n for n in row.notes)
    assert all(np.isfinite(value) for value in row.figures.values())


def test_a_kind_without_an_encoder_has_no_reconstruction(idx, tmp_path):
    row = measured(idx, tmp_path / "gan.pt", "dcgan4", size=32)
    assert "mse" not in row.figures and any("no encoder" in note for note in row.notes)


def test_the_activation_is_that_of_the_generator(tmp_path):
    assert activation_of(open_model(write_model(tmp_path / "a.pt", "vae"))) == "relu"
    leaky = open_model(write_model(tmp_path / "b.pt", "aae", size=32))
    assert activation_of(leaky).startswith("leaky ")
