"""Places in latent space: what is none is refused on one line."""

import numpy as np
import pytest
from PIL import Image

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.latent_space.places import Place, resolve, when_needed
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model


def test_places_that_are_none(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    Image.new("RGB", (9, 9)).save(tmp_path / "small.png")
    model = open_model(write_model(tmp_path / "m.pt", channels=3))
    gan = open_model(write_model(tmp_path / "g.pt", "dcgan", channels=3))
    data = open_images(str(file), model)
    rng = np.random.default_rng(0)
    for name, owner, message in (
        ("row:600", model, "rows 0 to 59"),
        ("z:1,2", model, "give 3 finite numbers"),
        ("z:1,2,nan", model, "give 3 finite numbers"),
        ("7", model, "no labels"),
        (str(tmp_path / "small.png"), model, "9x9"),
        (str(tmp_path / "none.png"), model, "no such file"),
        ("row:3", gan, "dcgan has no encoder"),
    ):
        with pytest.raises(BadInput, match=message):
            resolve((name,), owner, lambda: data, rng)


def test_images_are_opened_when_needed(tmp_path):
    """A latent and a draw need no data, and are the same whoever resolves them."""
    model = open_model(write_model(tmp_path / "m.pt", channels=3))
    there = Place("there", np.ones(3))
    names = ("z:1,2,3", "random", there)
    data = when_needed("nowhere.h5", model)
    latent, draw, same = resolve(names, model, data, np.random.default_rng(0))
    assert np.array_equal(latent.z, [1, 2, 3]) and same is there
    assert np.array_equal(draw.z, model.draw(1, np.random.default_rng(0))[0])
    with pytest.raises(ValueError, match="nowhere"):
        resolve(("row:3",), model, data, np.random.default_rng(0))
