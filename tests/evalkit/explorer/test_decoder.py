"""The decoder made ready for one image at a time gives the same images."""

import numpy as np
import pytest

from evalkit.explorer.decoder import prepared
from evalkit.inputs.model import open_model
from explorer_pages import write_model
from fractaldream_models.checkpoint import save
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig


@pytest.mark.parametrize("kind", ["aae", "dcgan", "vae", "dcgan4"])
def test_the_decoder_made_ready_gives_the_same_images(tmp_path, kind):
    model = open_model(write_model(tmp_path / "m.pt", kind, size=32, latent=3))
    z = model.draw(5, np.random.default_rng(0))
    assert np.allclose(prepared(model).decode(z), model.decode(z), atol=1e-5)


@pytest.mark.parametrize(("depth", "kernel"), [(2, 3), (3, 5), (4, 7)])
def test_it_does_so_with_any_number_and_size_of_convolutions(tmp_path, depth, kernel):
    model = build(ModelConfig("aae", 32, 1, 3, width=0.1, depth=depth, kernel=kernel)).eval()
    save(model, tmp_path / "m.pt", data={}, metrics={})
    model = open_model(str(tmp_path / "m.pt"))
    z = model.draw(5, np.random.default_rng(0))
    assert np.allclose(prepared(model).decode(z), model.decode(z), atol=1e-5)
