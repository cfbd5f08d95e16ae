"""Images of one size in one file, and which of them are held out."""

from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from clean_files import write_set
from evalkit.clean import pack
from evalkit.clean.scan import read_one
from fractaldream_base.errors import BadInput


def test_held_out_are_the_first_keys_whatever_the_order_of_the_files():
    keys = [f"{value:064x}" for value in (7, 3, 9, 1)]
    assert pack.split_of(keys, 0.5).tolist() == [0, 1, 0, 1]
    assert pack.split_of(keys[::-1], 0.5).tolist() == [1, 0, 1, 0]
    assert not pack.split_of(keys, 0).any() and not pack.split_of([], 0.5).any()


def test_the_middle_square_is_kept_and_what_is_transparent_is_white(tmp_path):
    pixels = np.zeros((4, 8, 4), np.uint8)
    pixels[:, 2:6] = (255, 0, 0, 255)
    Image.fromarray(pixels).save(tmp_path / "wide.png")
    key = read_one("wide.png", str(tmp_path)).key
    path = str(tmp_path / "wide.png")
    assert (pack.squared(path, key, 4) == (255, 0, 0)).all()
    assert pack.squared(path, key, 8).shape == (8, 8, 3)  # enlarged
    Image.new("RGBA", (4, 4)).save(tmp_path / "clear.png")
    key = read_one("clear.png", str(tmp_path)).key
    assert (pack.squared(str(tmp_path / "clear.png"), key, 2) == 255).all()
    with pytest.raises(BadInput, match="changed while it was read"):
        pack.squared(path, key, 4)


def test_a_pack_is_known_by_its_images_size_and_split(tmp_path):
    write_set(tmp_path, 6)
    readings = [read_one(f"scene-{i:03}.png", str(tmp_path)) for i in range(6)]
    path = tmp_path / "set.h5"
    pack.write_pack(path, [(str(tmp_path / r.path), r) for r in readings], 16, 0.5, workers=1)
    assert pack.holds(path, readings, 16, 0.5)
    assert not pack.holds(path, readings, 24, 0.5)
    assert not pack.holds(path, readings, 16, 0.2)
    assert not pack.holds(path, readings[:5], 16, 0.5)
    path.write_bytes(b"no pack")
    assert not pack.holds(path, readings, 16, 0.5)


def test_a_disk_that_is_too_small_is_said_before_the_work(tmp_path, monkeypatch):
    monkeypatch.setattr(pack.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**6))
    with pytest.raises(BadInput, match=r"0\.001 GB free there, but 1,000 images of 64 px may need"):
        pack.check_space(tmp_path / "set.h5", 1000, 64)
    with pytest.raises(BadInput, match="give another --pack"):
        pack.check_space(tmp_path / "none" / "set.h5", 1000, 64)
