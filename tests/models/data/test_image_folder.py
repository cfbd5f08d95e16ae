"""Folders of images, and of folders that are labels."""

import os

import numpy as np
import pytest
import torch
from PIL import Image

from clean_files import scene
from evalkit.clean.clean_copy import apply
from evalkit.clean.options import ApplyOptions
from fractaldream_base.errors import BadInput
from fractaldream_models.data.folder_contents import list_folder
from fractaldream_models.data.sources import DataOptions, open_data
from fractaldream_models.training.trainer import train


def write(folder, *names):
    """Write images of different colours, or other files, by their names; return the folder."""
    for number, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".png":
            Image.new("RGB", (20, 20), (10 * number, 0, 0)).save(path)
        else:
            path.write_bytes(b"other")
    return folder


def passed_over(contents):
    return {row.reason: row.names for row in contents.passed_over}


def test_a_folder_of_folders_has_labels(tmp_path):
    write(tmp_path, *(f"{name}/{i}.png" for name in ("bart", "lisa") for i in range(5)))
    data = open_data(str(tmp_path), DataOptions(held_out=0.4))
    assert data.classes == 2 and data.facts["class_names"] == ["bart", "lisa"]
    assert data.labels.tolist() == [0] * 5 + [1] * 5
    assert data.contents.counts == {"bart": 5, "lisa": 5}
    resized = open_data(str(tmp_path), DataOptions(size=16, resize=True, held_out=0.4))
    assert resized.images.shape == (10, 3, 16, 16)
    assert torch.equal(resized.images[:, 0, 0, 0], data.images[:, 0, 0, 0])


def test_what_systems_leave_is_passed_over_and_counted(tmp_path):
    hidden = ("__MACOSX/cats/a.png", ".ipynb_checkpoints/a.png", "cats/._a.png", "cats/Thumbs.db")
    write(tmp_path, "cats/a.png", "dogs/b.png", "dogs/notes.txt", *hidden)
    (tmp_path / "empty").mkdir()
    contents = list_folder(tmp_path)
    assert contents.images == ("cats/a.png", "dogs/b.png")
    assert contents.class_names == ("cats", "dogs")
    assert passed_over(contents) == {
        "folders without images": ("empty/",),
        "files that are no images": ("dogs/notes.txt",),
        "hidden files and folders": (
            ".ipynb_checkpoints",
            "__MACOSX",
            "cats/._a.png",
            "cats/Thumbs.db",
        ),
    }
    assert contents.lines()[0] == f"{tmp_path}: 2 images of 2 classes: cats 1, dogs 1"
    assert "4 hidden files and folders (.ipynb_checkpoints, __MACOSX," in contents.lines()[1]


def test_a_class_folder_may_be_a_link(tmp_path):
    """A link into what is read already, such as a loop, adds nothing."""
    write(tmp_path / "elsewhere", "a.png", "b.png")
    folder = write(tmp_path / "set", "cats/a.png")
    (folder / "dogs").symlink_to(tmp_path / "elsewhere")
    (folder / "cats" / "loop").symlink_to(folder)
    (folder / "again").symlink_to(folder / "cats")
    contents = list_folder(folder)
    assert contents.counts == {"cats": 1, "dogs": 2}
    assert passed_over(contents) == {
        "links to folders that are read already": ("again/", "cats/loop/")
    }


def test_classes_may_lie_in_one_folder(tmp_path):
    assert list_folder(write(tmp_path, "a/cats/a.png", "a/dogs/b.png")).labels == (0, 1)
    alone = list_folder(write(tmp_path / "alone", "cats/a.png", "cats/more/b.png"))
    assert alone.labels == () and alone.class_names == ()
    assert alone.lines()[0].endswith("without classes (images lie beside one folder, more)")


def test_what_is_ambiguous_is_refused_and_the_mend_is_named(tmp_path):
    parts = write(tmp_path / "parts", "train/cats/a.png", "test/cats/b.png")
    with pytest.raises(BadInput, match=f"parts of a data set.* give .*{parts}/train$"):
        list_folder(parts)
    stray = write(tmp_path / "stray", "x.png", "cats/a.png", "dogs/b.png")
    with pytest.raises(BadInput, match="1 image lies beside the folders cats, dogs,"):
        list_folder(stray)
    deep = write(tmp_path / "deep", "x.png", "y.png", "all/cats/a.png", "all/dogs/b.png")
    with pytest.raises(BadInput, match="2 images lie beside the folders all,"):
        list_folder(deep)


def test_a_folder_that_cannot_be_opened_is_an_error(tmp_path, monkeypatch):
    write(tmp_path, "cats/a.png", "dogs/b.png")
    scandir = os.scandir

    def refusing(path):
        if os.fspath(path).endswith("dogs"):
            raise PermissionError(13, "Permission denied", os.fspath(path))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    with pytest.raises(BadInput, match=r"dogs: folder cannot be opened \(permission denied\)"):
        list_folder(tmp_path)


def test_names_of_classes_are_valid_text(tmp_path):
    for name in (b"\xff", b"a\nb", b"$\\frac{1}{0$"):
        folder = os.fsencode(tmp_path) + b"/" + name
        os.mkdir(folder)  # noqa: PTH102 - a name in bytes
        with open(folder + b"/a.png", "wb") as file:  # noqa: PTH123
            Image.new("RGB", (4, 4)).save(file, "PNG")
    assert list_folder(tmp_path).class_names == ("$\\frac{1}{0$", "a\\nb", "\\xff")


def test_training_counts_what_cleaning_keeps_and_packs_keep_the_classes(tmp_path):
    rng = np.random.default_rng(0)
    for number in range(50):
        suffix = ("png", "gif", "tif", "jfif", "ppm")[number % 5]
        folder = tmp_path / "set" / ("bart", "lisa")[number % 2]
        folder.mkdir(parents=True, exist_ok=True)
        scene(rng, 24).save(folder / f"{number}.{suffix}")
    write(tmp_path / "set", ".thumbnails/0.png")
    (tmp_path / "none.csv").write_text("sha256,decision\n")
    options = ApplyOptions(pack=tmp_path / "p.h5", size=24, workers=1)
    done = apply(tmp_path / "set", tmp_path / "none.csv", tmp_path / "clean", options=options)
    read = open_data(tmp_path / "clean")
    packed = open_data(tmp_path / "p.h5")
    assert done.kept == len(read.images) == len(packed.images) == 50
    assert (
        done.classes == read.contents.counts == packed.contents.counts == {"bart": 25, "lisa": 25}
    )
    assert torch.equal(packed.images, read.images) and torch.equal(packed.labels, read.labels)


def test_training_says_what_was_understood_before_it_begins(tmp_path, capfd):
    names = [f"{name}/{i}.png" for name in ("bart", "lisa") for i in range(6)]
    write(tmp_path / "set", *names, ".DS_Store")
    settings = {"kind": "ae", "latent": 2, "width": 0.1, "epochs": 1, "held_out": 0.25, "size": 16}
    settings |= {"resize": True}
    train(tmp_path / "set", tmp_path / "run", settings, progress=True)
    first, second = capfd.readouterr().err.splitlines()[:2]
    assert first == f"{tmp_path / 'set'}: 12 images of 2 classes: bart 6, lisa 6"
    assert second == "passed over: 1 hidden files and folders (.DS_Store)"


def test_the_reference_simpsons_can_be_read(reference):
    data = open_data(str(reference / "simpsons"), DataOptions(size=32, resize=True))
    assert data.images.shape == (2000, 3, 32, 32) and data.classes == 10
