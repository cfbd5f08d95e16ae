"""Planes through latent space: what lies where, and corners that decode to what was asked."""

import numpy as np
import pytest
from models_files import write_dataset, write_model
from scipy.stats import norm

from evalkit.errors import BadInput
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.latent_space import plane as planes
from evalkit.latent_space.places import resolve


def first_two(z):
    """Images whose two halves are the first two latents."""
    images = np.zeros((len(z), 8, 8))
    images[:, :4], images[:, 4:] = z[:, 0, None, None], z[:, 1, None, None]
    return np.clip(0.5 + images / 10, 0, 1)


def test_axes_lie_right_and_up():
    model = from_callable(first_two)
    at = planes.places(5, low=-3, high=3)
    result = planes.grid(model, planes.plane_of_axes(model, (0, 1)), at)
    assert result.images.shape == (5, 5, 1, 8, 8)
    assert np.allclose(result.images[0, 4, 0, 0, 0], 0.8)  # s = 3
    assert np.allclose(result.images[0, 4, 0, 7, 0], 0.2)  # t = -3
    picture = planes.picture(result)
    assert picture.shape == (52, 52, 3)
    assert picture[3, 3, 0] == round(0.2 * 255)  # top left: s = -3
    assert picture[9, 3, 0] == round(0.8 * 255)  # and t = 3


def test_quantiles():
    at = planes.places(20, low=-1, high=1, quantiles=True)
    assert np.allclose(norm.cdf(at), (np.arange(20) + 0.5) / 20)
    assert np.array_equal(planes.places(3, low=-1.5, high=1.5), [-1.5, 0, 1.5])


def test_corners_are_the_images_asked(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    model = open_model(write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)}))
    data = open_images(None, model)
    rng = np.random.default_rng(0)
    anchors = resolve(("row:1", "row:2", "row:3"), model, lambda: data, rng)
    plane = planes.plane_of_anchors(model, anchors)
    result = planes.grid(model, plane, planes.places(4, low=0, high=1))
    asked = model.decode(model.encode(data.images([1, 2, 3])))
    for place, image in zip(((0, 0), (0, 3), (3, 0)), asked, strict=True):
        assert np.allclose(result.images[place], image, atol=1e-6)
    with pytest.raises(BadInput, match="one line"):
        planes.plane_of_anchors(model, [anchors[0], anchors[1], anchors[1]])
    with pytest.raises(BadInput, match="2 places"):
        planes.plane_of_anchors(model, anchors[:2])


def test_components_are_those_of_the_codes(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    model = open_model(write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)}))
    data = open_images(None, model)
    plane = planes.plane_of_components(model, data)
    z = model.encode(data.images(data.train)).astype(float)
    along = (z - z.mean(0)) @ np.stack([plane.first, plane.second], 1)
    along /= [plane.first @ plane.first, plane.second @ plane.second]
    assert np.allclose(along.std(0), 1, rtol=1e-4) and abs(np.corrcoef(along.T)[0, 1]) < 1e-4
    assert np.allclose(plane.origin, z.mean(0))


def test_borders_and_labels(tmp_path):
    class Halves:
        labels = ("dark", "bright")

        def probabilities(self, images):
            bright = images[:, 0, 0, 0]
            return np.stack([1 - bright, bright], 1)

    model = from_callable(first_two)
    at = planes.places(4, low=-3, high=3)
    result = planes.grid(model, planes.plane_of_axes(model, (0, 1)), at, classifier=Halves())
    assert (result.answers[:, :2] == "dark").all() and (result.answers[:, 2:] == "bright").all()
    picture = planes.picture(result)
    assert (picture[10, 20:22] == planes.BORDER).all() and (picture[10, 10:12] == 255).all()
    assert result.shares() == {"dark": 0.5, "bright": 0.5}
    conditional = open_model(write_model(tmp_path / "c.pt", "cvae", classes=3))

    def choose(label):
        return planes.choose(
            conditional, "axes", axes=(0, 1), anchors=list, data=lambda: None, label=label
        )

    made = planes.grid(conditional, choose("2"), at)
    t, s = np.meshgrid(at, at, indexing="ij")
    z = np.stack([s.ravel(), t.ravel(), np.zeros(16)], 1)
    asked = conditional.decode(z, np.full(16, 2)).reshape(made.images.shape)
    assert np.allclose(made.images, asked, atol=1e-6)
    with pytest.raises(BadInput, match="give --label"):
        choose(None)


def test_refusals(tmp_path):
    model = open_model(write_model(tmp_path / "m.pt"))
    line = open_model(write_model(tmp_path / "l.pt", latent=1))
    with pytest.raises(BadInput, match="one latent makes no plane"):
        planes.plane_of_axes(line, (0, 1))
    for axes in ((0, 0), (0, 3), (-1, 0)):
        with pytest.raises(BadInput, match="0 to 2"):
            planes.plane_of_axes(model, axes)
    with pytest.raises(BadInput, match="n 1"):
        planes.places(1, low=0, high=1)
    with pytest.raises(BadInput, match="lower first"):
        planes.places(3, low=1, high=-1)
