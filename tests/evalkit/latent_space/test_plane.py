"""Planes through latent space: what lies where, and what is no plane."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.latent_space.places import Place
from evalkit.latent_space.plane import (
    coordinates,
    plane_of_axes,
    plane_of_components,
    plane_of_image_components,
    plane_of_places,
    training_codes,
)
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model


def blank(z):
    """Black images of any latents."""
    return np.zeros((len(z), 8, 8))


@given(st.integers(2, 6), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_planes_go_through_what_was_asked_for(latent, seed):
    rng = np.random.default_rng(seed)
    model = from_callable(blank, latent=latent)
    plane = plane_of_axes(model, (1, 0))
    z = plane.latents(np.array([-3, 3]), np.array([3, -3]))
    assert np.allclose(z[0, :2], [3, -3]) and np.allclose(z[-1, :2], [-3, 3])
    assert not z[:, 2:].any()
    three = rng.standard_normal((3, latent))
    places = plane_of_places(model, [Place(str(k), z) for k, z in enumerate(three)])
    assert np.allclose(places.latents(*places.marks.T), three)
    assert (places.marks >= places.low).all() and (places.marks <= places.high).all()
    codes = rng.standard_normal((50, latent)) * np.arange(1, latent + 1) + 7
    main = plane_of_components(codes)
    scores = (codes - main.origin) @ np.stack([main.first, main.second], 1)
    scores /= np.square([np.linalg.norm(main.first), np.linalg.norm(main.second)])
    assert np.allclose(scores.std(0, ddof=1), 1) and np.allclose(scores.mean(0), 0)


def test_quantiles():
    at = coordinates(20, low=-1, high=1, quantiles=True)
    assert np.allclose(norm.cdf(at), (np.arange(20) + 0.5) / 20)
    assert np.array_equal(coordinates(3, low=-1.5, high=1.5), [-1.5, 0, 1.5])


def test_components_are_those_of_the_codes(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    model = open_model(write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)}))
    data = open_images(None, model)
    plane = plane_of_components(training_codes(model, data))
    z = model.encode(data.images(data.train)).astype(float)
    along = (z - z.mean(0)) @ np.stack([plane.first, plane.second], 1)
    along /= [plane.first @ plane.first, plane.second @ plane.second]
    assert np.allclose(along.std(0, ddof=1), 1, rtol=1e-4)
    assert abs(np.corrcoef(along.T)[0, 1]) < 1e-4
    assert np.allclose(plane.origin, z.mean(0))


def test_components_of_images_are_found_without_an_encoder():
    """The two latents that the images show most, of five."""

    def decode(z):
        images = np.full((len(z), 1, 8, 8), 0.5)
        images[:, :, :4] += 0.10 * z[:, 3, None, None, None].clip(-4, 4)
        images[:, :, 4:] += 0.05 * z[:, 1, None, None, None].clip(-4, 4)
        return images

    plane = plane_of_image_components(
        from_callable(blank, latent=5), decode, np.random.default_rng(0)
    )
    assert plane.first[3] > 0.98 and plane.second[1] > 0.98
    lengths = [plane.first @ plane.first, plane.second @ plane.second, plane.first @ plane.second]
    assert np.allclose(lengths, [1, 1, 0])


def test_components_of_images_are_those_of_the_prior(tmp_path):
    model = open_model(write_model(tmp_path / "c.pt", "clustergan", 4))
    plane = plane_of_image_components(model, model.decode, np.random.default_rng(0))
    assert plane.origin == pytest.approx([0.5, 0.5, 0, 0], abs=0.1)  # two clusters, as likely
    assert np.linalg.norm(plane.first) < 1 and plane.right.endswith(", sd")


def test_refusals(tmp_path):
    model = open_model(write_model(tmp_path / "m.pt"))
    line = open_model(write_model(tmp_path / "l.pt", latent=1))
    with pytest.raises(BadInput, match="one latent makes no plane"):
        plane_of_axes(line, (0, 1))
    for axes in ((0, 0), (0, 3), (-1, 0)):
        with pytest.raises(BadInput, match="0 to 2"):
            plane_of_axes(model, axes)
    with pytest.raises(BadInput, match="three or more images"):
        plane_of_components(np.zeros((2, 3)))
    for codes in (np.ones((4, 3)), np.outer(np.arange(4), np.ones(3))):
        with pytest.raises(BadInput, match="4 images lie on one line"):
            plane_of_components(codes)
    with pytest.raises(BadInput, match="n 1"):
        coordinates(1, low=0, high=1)
    with pytest.raises(BadInput, match="lower first"):
        coordinates(3, low=1, high=-1)
    a, b = Place("a", np.zeros(3)), Place("b", np.ones(3))
    with pytest.raises(BadInput, match="one line"):
        plane_of_places(model, [a, b, b])
    with pytest.raises(BadInput, match="2 places"):
        plane_of_places(model, [a, b])
