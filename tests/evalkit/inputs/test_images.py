"""Data as models see them."""

import h5py
import numpy as np
import pytest
from PIL import Image

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_mnist, write_model


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
