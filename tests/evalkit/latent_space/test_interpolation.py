"""Paths: the laws of lerp and slerp, ends that decode to what was asked, turns, animations."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from models_files import write_dataset, write_mnist, write_model
from PIL import Image

from evalkit.errors import BadInput
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model
from evalkit.latent_space.interpolation import animation, interpolate, lerp, picture, slerp, table
from evalkit.latent_space.places import Anchor, resolve

LATENTS = st.integers(2, 40).flatmap(
    lambda n: st.tuples(*[arrays(float, n, elements=st.floats(-5, 5, width=32))] * 2)
)
T = np.linspace(0, 1, 33)


@settings(max_examples=200, deadline=None)
@given(LATENTS)
def test_slerp_keeps_the_norm(pair):
    a, b = pair
    first, second = np.linalg.norm(a), np.linalg.norm(b)
    if min(first, second) < 1e-6 or np.linalg.norm(a / first + b / second) < 1e-3:
        return  # no direction, or opposite: refused, see below
    b = b / second * first
    path = slerp(a, b, T)
    assert np.allclose(np.linalg.norm(path, axis=1), first, rtol=1e-9)
    assert np.array_equal(path[0], a) and np.array_equal(path[-1], b)  # the very ends
    # at even angular speed: all steps are of one length
    steps = np.linalg.norm(np.diff(path, axis=0), axis=1)
    assert np.allclose(steps, steps.mean(), rtol=1e-4, atol=1e-7 * first)
    # of the other norm, it goes straight from one to the other
    norms = np.linalg.norm(slerp(a, 3 * b, T), axis=1)
    assert np.allclose(norms, first * (1 + 2 * T))
    assert np.allclose(slerp(b, a, 1 - T), path, atol=1e-6 * first)


@settings(max_examples=50, deadline=None)
@given(LATENTS)
def test_lerp_ends_exactly(pair):
    a, b = pair
    path = lerp(a, b, T)
    assert np.array_equal(path[0], a) and np.array_equal(path[-1], b)
    assert np.allclose(np.diff(path, axis=0), (b - a) / 32, atol=1e-9)


def test_no_one_arc():
    a = np.array([1.0, 2.0])
    for wrong, said in ((-2 * a, "opposite"), (np.zeros(2), "nought")):
        with pytest.raises(BadInput, match=said):
            slerp(a, wrong, T)
    with pytest.raises(BadInput, match="one dimension"):
        slerp(a[:1], a[1:], T)


def test_ends_are_the_images_asked(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    path = write_model(tmp_path / "m.pt", channels=3, read={"source": str(file)})
    model = open_model(path)
    data = open_images(None, model)
    rng = np.random.default_rng(0)
    anchors = resolve(("row:3", "row:7", "z:1,-2,0.5"), model, lambda: data, rng)
    for kind in ("linear", "spherical"):
        result = interpolate(model, anchors, path=kind, steps=5)
        assert result.images.shape == (11, 3, 16, 16) and result.speed.shape == (10,)
        asked = model.decode(model.encode(data.images([3, 7])))
        assert np.allclose(result.images[[0, 5]], asked, atol=1e-6)
        assert np.allclose(result.images[-1], model.decode(np.array([[1, -2, 0.5]]))[0], atol=1e-6)
        assert "11 frames" in table(result) and picture(result)[:4] == b"\x89PNG"


class Halves:
    """A classifier for tests: `left` where the first pixel is dark, else `right`."""

    labels = ("left", "right")

    def probabilities(self, images):
        bright = images[:, 0, 0, 0]
        return np.stack([1 - bright, bright], 1)


def test_speed_and_turns_of_a_known_path():
    model = from_callable(lambda z: np.clip(z[:, 0, None, None], 0, 1) * np.ones((1, 8, 8)))
    ends = [Anchor("a", np.zeros(6)), Anchor("b", np.array([2.0, 0, 0, 0, 0, 0]))]
    result = interpolate(model, ends, steps=40, classifier=Halves())
    # brightness is 2 t up to t = 1/2, then stays
    assert np.allclose(result.speed[:20], 2, atol=1e-5) and np.allclose(result.speed[20:], 0)
    assert result.length == pytest.approx(1, abs=1e-5) == result.direct
    (turn,) = result.turns
    assert (turn.step, turn.before, turn.after) == (11, "left", "right")
    assert "left -> right at step 11" in table(result)


def test_conditional_paths_share_labels(tmp_path):
    write_mnist(tmp_path / "idx", 100)
    path = write_model(tmp_path / "m.pt", "cvae-gan", size=28, classes=10)
    model = open_model(path)
    data = open_images("mnist", model, root=tmp_path / "idx")
    rng = np.random.default_rng(0)
    ends = resolve(("3", "5"), model, lambda: data, rng)
    result = interpolate(model, ends, steps=4)
    for at, end in ((0, ends[0]), (-1, ends[1])):
        asked = model.decode(end.z[None], np.array([end.label]))
        assert np.allclose(result.images[at], asked[0], atol=1e-6)
    only = resolve(("3", "random"), model, lambda: data, rng, label="7")
    assert [a.label for a in only] == [7, 7]
    with pytest.raises(BadInput, match="give --label"):
        resolve(("random",), model, lambda: data, rng)


def test_animations(tmp_path):
    model = from_callable(lambda z: np.clip(z[:, 0, None, None], 0, 1) * np.ones((1, 9, 9)))
    ends = [Anchor("a", np.zeros(6)), Anchor("b", np.ones(6))]
    result = interpolate(model, ends, steps=4)
    animation(result, str(tmp_path / "a.gif"))
    with Image.open(tmp_path / "a.gif") as made:
        assert made.n_frames == 8 and made.size[0] >= 256  # five there, three back
    with pytest.raises(BadInput, match=r"\.gif or \.mp4"):
        animation(result, str(tmp_path / "a.avi"))
    video = pytest.importorskip("imageio_ffmpeg")
    animation(result, str(tmp_path / "a.mp4"))
    count, _ = video.count_frames_and_secs(str(tmp_path / "a.mp4"))
    assert count == 8 and sorted(p.name for p in tmp_path.iterdir()) == ["a.gif", "a.mp4"]


def test_places_that_are_none(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    Image.new("RGB", (9, 9)).save(tmp_path / "small.png")
    model = open_model(write_model(tmp_path / "m.pt", channels=3))
    gan = open_model(write_model(tmp_path / "g.pt", "dcgan", channels=3))
    line = open_model(write_model(tmp_path / "l.pt", latent=1, channels=3))
    data = open_images(str(file), model)
    rng = np.random.default_rng(0)
    for asked, owner, said in (
        ("row:600", model, "rows 0 to 59"),
        ("z:1,2", model, "give 3 finite numbers"),
        ("z:1,2,nan", model, "give 3 finite numbers"),
        ("7", model, "no labels"),
        (str(tmp_path / "small.png"), model, "9x9"),
        (str(tmp_path / "none.png"), model, "no such file"),
        ("row:3", gan, "dcgan has no encoder"),
    ):
        with pytest.raises(BadInput, match=said):
            resolve((asked,), owner, lambda: data, rng)
    ends = resolve(("random", "random"), line, lambda: data, rng)
    assert len(interpolate(line, ends).images) == 65
    with pytest.raises(BadInput, match="one latent has no sphere"):
        interpolate(line, ends, path="spherical")
    with pytest.raises(BadInput, match="two or more"):
        interpolate(line, ends[:1])
