"""A folder of images is understood by its names."""

import os

import pytest
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.data.folder_contents import list_folder
from image_folders import write


def passed_over(contents):
    return {row.reason: row.names for row in contents.passed_over}


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
