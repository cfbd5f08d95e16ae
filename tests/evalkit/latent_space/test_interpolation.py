"""Interpolation: ends that decode to what was asked, speed, turns, labels on the way."""

import re

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.latent_space.interpolation import interpolate
from evalkit.latent_space.options import InterpolationOptions
from evalkit.latent_space.places import Place, resolve
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_mnist, write_model


def test_ends_are_the_images_asked(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    path = write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)})
    model = open_model(path)
    data = open_images(None, model)
    places = ("row:3", "row:7", "z:1,-2,0.5")
    for kind in ("linear", "spherical"):
        options = InterpolationOptions(path=kind, steps=5)
        result = interpolate(path, places, data, options=options)
        assert result.images.shape == (11, 3, 16, 16) and result.speed.shape == (10,)
        assert len(result.to_dict()["places"]) == 3
        decoded = model.decode(model.encode(data.images([3, 7])))
        assert np.allclose(result.images[[0, 5]], decoded, atol=1e-6)
        assert np.allclose(result.images[-1], model.decode(np.array([[1, -2, 0.5]]))[0], atol=1e-6)
        assert re.search(r"frames +11\b", str(result)) and result.picture()[:4] == b"\x89PNG"


class Halves:
    """A classifier for tests: `left` where the first pixel is dark, else `right`."""

    labels = ("left", "right")

    def probabilities(self, images):
        bright = images[:, 0, 0, 0]
        return np.stack([1 - bright, bright], 1)


def test_speed_and_turns_of_a_known_path():
    model = from_callable(lambda z: np.clip(z[:, 0, None, None], 0, 1) * np.ones((1, 8, 8)))
    ends = [Place("a", np.zeros(6)), Place("b", np.array([2.0, 0, 0, 0, 0, 0]))]
    result = interpolate(model, ends, classifier=Halves(), options=InterpolationOptions(steps=40))
    # brightness is 2 t up to t = 1/2, then stays
    assert np.allclose(result.speed[:20], 2, atol=1e-5) and np.allclose(result.speed[20:], 0)
    assert result.length == pytest.approx(1, abs=1e-5) == result.direct
    (turn,) = result.turns
    assert (turn.step, turn.before, turn.after) == (11, "left", "right")
    assert "left -> right at step 11" in str(result)


def test_conditional_paths_share_labels(tmp_path):
    write_mnist(tmp_path / "idx", 100)
    path = write_model(tmp_path / "m.pt", "cvae-gan", size=28, classes=10)
    model = open_model(path)
    data = open_images("mnist", model, root=tmp_path / "idx")
    rng = np.random.default_rng(0)
    ends = resolve(("3", "5"), model, lambda: data, rng)
    result = interpolate(model, ends, options=InterpolationOptions(steps=4))
    for at, end in ((0, ends[0]), (-1, ends[1])):
        decoded = model.decode(end.z[None], np.array([end.label]))
        assert np.allclose(result.images[at], decoded[0], atol=1e-6)
    only = resolve(("3", "random"), model, lambda: data, rng, label="7")
    assert [place.label for place in only] == [7, 7]
    with pytest.raises(BadInput, match="give --label"):
        resolve(("random",), model, lambda: data, rng)


def test_paths_that_are_none(tmp_path):
    line = open_model(write_model(tmp_path / "l.pt", latent=1, channels=3))
    assert len(interpolate(line, ["random", "random"]).images) == 65
    ends = [Place("a", np.zeros(1)), Place("b", np.ones(1))]
    assert len(interpolate(line, ends).images) == 65
    with pytest.raises(BadInput, match="one latent has no sphere"):
        interpolate(line, ends, options=InterpolationOptions(path="spherical"))
    with pytest.raises(BadInput, match="two or more"):
        interpolate(line, ends[:1])
