"""Planes decoded on a grid: what lies where, and corners that decode to what was asked."""

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.latent_space.options import GridOptions
from evalkit.latent_space.plane_grid import BORDER, grid
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model


def first_two(z):
    """Images whose two halves are the first two latents."""
    images = np.zeros((len(z), 8, 8))
    images[:, :4], images[:, 4:] = z[:, 0, None, None], z[:, 1, None, None]
    return np.clip(0.5 + images / 10, 0, 1)


def test_axes_lie_right_and_up():
    result = grid(first_two, options=GridOptions(n=5))
    assert result.model == "first_two"
    assert result.images.shape == (5, 5, 1, 8, 8)
    assert np.allclose(result.images[0, 4, 0, 0, 0], 0.8)  # s = 3
    assert np.allclose(result.images[0, 4, 0, 7, 0], 0.2)  # t = -3
    picture = result.mosaic()
    assert picture.shape == (52, 52, 3)
    assert picture[3, 3, 0] == round(0.2 * 255)  # top left: s = -3
    assert picture[9, 3, 0] == round(0.8 * 255)  # and t = 3


def test_corners_are_the_images_asked(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    path = write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)})
    options = GridOptions(n=4, plane="places", through=("row:1", "row:2", "row:3"))
    result = grid(path, options=options)
    model = open_model(path)
    data = open_images(None, model)
    expected = model.decode(model.encode(data.images([1, 2, 3])))
    for place, image in zip(((0, 0), (0, 3), (3, 0)), expected, strict=True):
        assert np.allclose(result.images[place], image, atol=1e-6)
    again = grid(model, file, options=options)
    assert np.array_equal(again.images, result.images)
    with pytest.raises(BadInput, match="2 places"):
        grid(model, data, options=GridOptions(plane="places", through=("row:1", "row:2")))
    with pytest.raises(BadInput, match="give axes, components or places"):
        grid(model, data, options=GridOptions(plane="sphere"))


def test_borders_and_labels(tmp_path):
    class Halves:
        labels = ("dark", "bright")

        def probabilities(self, images):
            bright = images[:, 0, 0, 0]
            return np.stack([1 - bright, bright], 1)

    result = grid(from_callable(first_two), classifier=Halves(), options=GridOptions(n=4))
    assert (result.answers[:, :2] == "dark").all() and (result.answers[:, 2:] == "bright").all()
    picture = result.mosaic()
    assert (picture[10, 20:22] == BORDER).all() and (picture[10, 10:12] == 255).all()
    assert result.shares() == {"dark": 0.5, "bright": 0.5}
    assert {"share", "of", "dark", "0.5"} <= set(str(result).split())
    conditional = open_model(write_model(tmp_path / "c.pt", "cvae", classes=3))
    decoded = grid(conditional, options=GridOptions(n=4, label="2"))
    t, s = np.meshgrid(decoded.at, decoded.at, indexing="ij")
    z = np.stack([s.ravel(), t.ravel(), np.zeros(16)], 1)
    expected = conditional.decode(z, np.full(16, 2)).reshape(decoded.images.shape)
    assert np.allclose(decoded.images, expected, atol=1e-6)
    with pytest.raises(BadInput, match="give --label"):
        grid(conditional, options=GridOptions(n=4))
