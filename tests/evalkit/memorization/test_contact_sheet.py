"""Generated images beside their nearest training images."""

from types import SimpleNamespace

import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.memorization import contact_sheet
from models_files import write_mnist


@pytest.fixture
def drawn(tmp_path, monkeypatch):
    """Return what `sheet` is given for 6 generated images with 2 neighbours each."""
    write_mnist(tmp_path / "idx", 40)
    data = open_images("mnist", root=tmp_path / "idx", part="test")
    distances = np.array([[0.3, 0.4], [0.1, 0.2], [0.5, 0.6], [0.2, 0.3], [0.4, 0.5], [0.6, 0.7]])
    nearest = SimpleNamespace(distances=distances, rows=np.arange(12).reshape(6, 2))
    images = np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1).repeat(28, 2).repeat(28, 3)

    def draw(rows, learnt=True):
        result = SimpleNamespace(nearest=nearest, images=images, family=None, learnt=learnt)
        given = {}
        monkeypatch.setattr(
            contact_sheet, "sheet",
            lambda images, captions, **more: given.update(more, images=images, captions=captions),
        )  # fmt: skip
        contact_sheet.draw_sheet(result, data, rows=rows)
        return given, data

    return draw


def test_the_closest_come_first_and_the_others_as_they_were_drawn(drawn):
    given, data = drawn(4)
    assert [texts[0] for texts in given["captions"]] == [
        "#1\nclosest, 1 of 6", "#3\nclosest, 2 of 6", "#0\nas drawn", "#2\nas drawn",
    ]  # fmt: skip
    assert given["captions"][0][1:] == ["0.1000", "0.2000"]
    generated, first, second = given["images"][0]
    assert np.allclose(generated, 1 / 255)
    assert np.array_equal(np.stack([first, second]), data.images(np.array([2, 3])))
    assert given["heads"] == ["generated", "training, nearest 1", "training, nearest 2"]


def test_data_that_the_model_did_not_learn_from_are_called_data(drawn):
    assert drawn(2, learnt=False)[0]["heads"][1] == "data, nearest 1"
