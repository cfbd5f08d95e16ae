"""Test what data must hold, and whether a model learnt from them."""

import h5py
import numpy as np
import pytest

from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from fractaldream_base.errors import BadInput
from models_files import write_dataset, write_model


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
