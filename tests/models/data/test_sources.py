"""What cannot be read is refused in one line."""

import os
from pathlib import Path

import h5py
import pytest
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.data.sources import DataOptions, ignored_options, open_data
from models_files import write_dataset, write_mnist


def test_a_folder_called_mnist_is_not_fetched_from_elsewhere(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("mnist").mkdir()
    with pytest.raises(BadInput, match=r"give \./mnist for the folder, or --root"):
        open_data("mnist")
    with pytest.raises(BadInput, match="no images in this folder") as caught:
        open_data("./mnist")
    assert ".png" in str(caught.value) and ".heic" not in str(caught.value)  # never decoded


def test_a_limit_takes_a_share_of_each_class_of_a_folder_in_the_order_of_its_rows(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        for i in range(20):
            Image.new("L", (8, 8), 10 * i).save(tmp_path / name / f"{i:02d}.png")
    whole = open_data(tmp_path)
    limited = open_data(tmp_path, DataOptions(limit=8))
    assert limited.labels[limited.train].tolist() == [0] * 4 + [1] * 4
    assert set(limited.train.tolist()) <= set(whole.train.tolist())
    assert (limited.train.diff() > 0).all()
    assert limited.validation.equal(whole.validation)
    first = open_data(tmp_path / "a", DataOptions(limit=8))  # without classes the first ones
    assert first.train.equal(open_data(tmp_path / "a").train[:8])


def test_bad_data_name_the_thing_and_the_mend(tmp_path):
    def refused(words, source, **options):
        with pytest.raises(BadInput, match=words) as caught:
            open_data(str(source), DataOptions(**options))
        assert "\n" not in str(caught.value)

    refused("no such file", tmp_path / "none")
    refused("no images", tmp_path)
    bad = tmp_path / "folder"
    bad.mkdir()
    for i in range(4):
        Image.new("RGB", (20, 20)).save(bad / f"{i}.png")
    refused("20 px, not 32|20x20, not 32x32", bad, size=32)
    Image.new("RGB", (20, 30)).save(bad / "z.png")
    refused(r"z\.png: 20x30, not 20x20; allow --set resize=true", bad)
    (bad / "z.png").write_bytes(b"not a picture")
    refused(r"z\.png: not an image", bad)
    (bad / "z.png").write_bytes((bad / "0.png").read_bytes()[:40])
    refused(r"z\.png: damaged PNG", bad)
    refused("format version 9 is newer", write_dataset(tmp_path / "old.h5", version=9))
    (tmp_path / "text.h5").write_text("text")
    refused("not an HDF5", tmp_path / "text.h5")
    with h5py.File(tmp_path / "empty.h5", "w"):
        pass
    refused("not a data set", tmp_path / "empty.h5")
    good = write_dataset(tmp_path / "good.h5")
    refused("kbc", good, palette="jet")
    refused("16 px, not 32", good, size=32)
    write_mnist(tmp_path / "idx")
    refused("part=test", "mnist", root=tmp_path / "idx")
    (tmp_path / "idx" / "t10k-images-idx3-ubyte.gz").write_bytes(b"\x1f\x8b")
    refused("truncated", "mnist", root=tmp_path / "idx", part="test")


def test_what_settings_a_source_ignores_is_said_without_reading_it(tmp_path):
    def palette_of(source):
        return ignored_options(str(source)).get("palette")

    with h5py.File(tmp_path / "pack.h5", "w") as file:
        file["images"] = [[[[0]]]]
        address = h5py.h5o.get_info(file["images"].id).addr
    assert palette_of(tmp_path / "pack.h5") == "which has no levels to colour"
    with (tmp_path / "pack.h5").open("r+b") as file:
        file.seek(address)
        file.write(bytes(64))
    assert palette_of(tmp_path / "pack.h5") is None
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")  # nobody writes into it
        assert palette_of(tmp_path / "pipe") is None
