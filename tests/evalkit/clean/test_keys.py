"""Keys of images: those of their pixels, whatever file holds them."""

import numpy as np
import pytest
from PIL import Image

from clean_files import scene
from evalkit.clean.keys import pixel_key
from evalkit.clean.scan import read_one


@pytest.fixture
def picture():
    return scene(np.random.default_rng(0))


def test_one_picture_has_one_key_whatever_file_holds_it(tmp_path, picture):
    for name in ("a.png", "a.bmp", "a.webp", "a.tif"):
        picture.save(tmp_path / name, lossless=True)
    picture.convert("RGBA").save(tmp_path / "opaque.png")
    readings = [read_one(p.name, str(tmp_path)) for p in sorted(tmp_path.iterdir())]
    assert len({r.key for r in readings}) == 1 and len(readings) == 5
    other = np.asarray(picture).copy()
    other[3, 4, 1] ^= 1
    assert pixel_key(Image.fromarray(other)) != readings[0].key
