"""Opening models and data: what each has, and one clear line for what it lacks."""

import h5py
import numpy as np
import pytest
import torch
from models_files import write_dataset, write_mnist, write_model
from PIL import Image

from evalkit.errors import BadInput
from evalkit.inputs.images import open_images
from evalkit.inputs.model import from_callable, open_model


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


def test_callables():
    model = from_callable(lambda z: np.tile(z[:, :1, None] * 0 + 0.25, (1, 8, 8)), latent=2)
    assert (model.size, model.channels, model.latent) == (8, 1, 2)
    assert np.allclose(model.sample(5, np.random.default_rng(0)), 0.25)
    with pytest.raises(BadInput, match="no encoder"):
        model.encode(np.zeros((1, 1, 8, 8)))
    with pytest.raises(BadInput, match="4 images for 5"):
        from_callable(lambda z: np.zeros((4, 8, 8)))


def test_a_latent_has_one_image_whatever_stands_beside_it():
    """Floats in [-1, 1] whose batches are mostly bright."""

    def call(z):
        return np.tanh(z[:, :1, None] + 1.5) * np.ones((1, 8, 8))

    model = from_callable(call, latent=2)
    z = np.array([[1.0, 0], [2.0, 0], [-3.0, 0]])
    whole = model.decode(z)
    for count in (1, 2):
        assert np.allclose(model.decode(z[:count]), whole[:count])
    assert np.allclose(whole[:, 0, 0, 0], (np.tanh(z[:, 0] + 1.5) + 1) / 2, atol=1e-6)


def test_a_callable_that_breaks_its_word():
    dark = from_callable(lambda z: np.where(z[:, :1, None] > 8, -0.5, 0.5) * np.ones((1, 8, 8)))
    assert dark.decode(np.zeros((3, 6))).max() == 0.5
    with pytest.raises(BadInput, match=r"down to -0\.5"):
        dark.decode(np.full((3, 6), 9.0))

    def fails(z):
        if z.max() > 8:
            raise RuntimeError("first line\nsecond line")
        return np.full((len(z), 8, 8), 0.5)

    with pytest.raises(BadInput, match="RuntimeError: first line second line") as refused:
        from_callable(fails, "mine:g").decode(np.full((2, 6), 9.0))
    assert "mine:g" in str(refused.value)


def test_what_is_not_finite_is_refused(tmp_path):
    model = open_model(write_model(tmp_path / "m.pt"))
    for weights in model.network.parameters():
        weights.fill_(torch.nan)
    with pytest.raises(BadInput, match="images that hold NaN"):
        model.decode(np.zeros((2, 3)))
    with pytest.raises(BadInput, match="latents that hold NaN"):
        model.encode(np.zeros((2, 1, 16, 16)))


def test_data_are_known_by_their_images(tmp_path):
    """The hash tells what was learnt, wherever the file lies; the place where there is none."""
    import shutil

    file = write_dataset(tmp_path / "d.h5")
    read = {"source": str(file), "palette": "kbc", "limit": 20}
    known = open_model(
        write_model(tmp_path / "m.pt", channels=3, read=read, content_sha256="0" * 64)
    )
    copy = shutil.copy(file, tmp_path / "copy.h5")
    images = open_images(copy, known)
    assert images.learnt is True and len(images.train) == 20
    with h5py.File(file, "r+") as content:
        content.attrs["content_sha256"] = "1" * 64
    images = open_images(str(file), known)  # rendered anew in the same place
    assert images.learnt is False and len(images.train) > 20
    silent = open_model(write_model(tmp_path / "s.pt", channels=3, read=read))
    assert open_images(str(file), silent).learnt is True
    assert open_images(copy, silent).learnt is False
    assert open_images(copy, open_model(write_model(tmp_path / "n.pt", channels=3))).learnt is None


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda file: file.__delitem__("params"), "no /params in it"),
        (lambda file: file.__delitem__("palettes"), "no /palettes in it"),
        (lambda file: file["params"].__setitem__((3, 2), np.nan), "NaN or infinity in row 3"),
    ],
)
def test_files_that_lack_something(tmp_path, spoil, message):
    path = write_dataset(tmp_path / "d.h5")
    with h5py.File(path, "r+") as file:
        spoil(file)
    with pytest.raises(BadInput, match=message) as refused:
        open_images(str(path))
    assert str(path) in str(refused.value)


def test_mnist_that_cannot_be_fetched(monkeypatch):
    import torchvision.datasets

    def offline(*_, **__):
        raise RuntimeError("Error downloading:\nTried https://a\nTried https://b")

    monkeypatch.setattr(torchvision.datasets, "MNIST", offline)
    with pytest.raises(BadInput, match="mnist: cannot be fetched; give --root") as refused:
        open_images("mnist")
    assert "\n" not in str(refused.value)


def test_data_as_the_model_sees_them(tmp_path):
    file = write_dataset(tmp_path / "d.h5")
    data = {"read": {"source": str(file), "palette": "kbc", "limit": 20}}
    model = open_model(write_model(tmp_path / "m.pt", channels=3, **data))
    images = open_images(None, model)
    assert images.images(np.arange(4)).shape == (4, 3, 16, 16)
    assert len(images.train) == 20 and len(images.held_out) == 40
    assert not set(images.train) & set(images.held_out)
    with h5py.File(file) as content:
        assert np.allclose(images.params, content["params"][:], atol=1e-5)
    larger = open_model(write_model(tmp_path / "large.pt", size=32, channels=3))
    with pytest.raises(BadInput, match="add --resize"):
        open_images(str(file), larger)
    assert open_images(str(file), larger, resize=True).size == 32


def test_the_part_of_mnist_that_is_there(tmp_path):
    write_mnist(tmp_path / "idx")
    images = open_images("mnist", root=tmp_path / "idx")
    assert len(images) == 50 and images.classes == tuple("0123456789")
    assert (images.labels[images.class_rows("7")] == 7).all()
    with pytest.raises(BadInput, match="no label '11'"):
        images.class_rows("11")
    with pytest.raises(BadInput, match="no image of class 3"):
        images.class_rows("3", images.class_rows("4"))


def test_folders(tmp_path):
    for k in range(30):
        folder = tmp_path / "set" / "ab"[k % 2]
        folder.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (16, 16), (k, k, k)).save(folder / f"{k}.png")
    model = open_model(write_model(tmp_path / "m.pt", size=16, channels=3))
    assert open_images(str(tmp_path / "set"), model).classes == ("a", "b")
    other = open_model(write_model(tmp_path / "o.pt", size=32, channels=3))
    with pytest.raises(BadInput, match="--resize"):
        open_images(str(tmp_path / "set"), other)
    assert open_images(str(tmp_path / "set"), other, resize=True).size == 32
