"""Files of all sorts: what is read, what is refused, and by which key they are known."""

import os

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from clean_files import scene
from evalkit.clean.scan import listing, read_all, read_one
from fractaldream_base.errors import BadInput


def faults(reading):
    return {fault.finding for fault in reading.faults}


@pytest.fixture
def picture():
    return scene(np.random.default_rng(0))


def test_a_photograph_of_a_telephone_is_a_jpeg(tmp_path, picture):
    """Several JPEGs in one file: the picture, and one for the screen or for depth."""
    more = [picture.rotate(180)]
    picture.save(tmp_path / "whole.jpg", format="MPO", save_all=True, append_images=more)
    assert not read_one("whole.jpg", str(tmp_path)).faults
    data = (tmp_path / "whole.jpg").read_bytes()
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) // 3])
    assert faults(read_one("cut.jpg", str(tmp_path))) == {"truncated"}


def test_what_is_wrong_with_files_is_said_and_nothing_crashes(tmp_path, picture):
    picture.save(tmp_path / "good.jpg", quality=90)
    whole = (tmp_path / "good.jpg").read_bytes()
    picture.save(tmp_path / "good.png")
    png = (tmp_path / "good.png").read_bytes()
    files = {
        "half.jpg": (whole[: len(whole) // 2], "truncated"),
        "tail.jpg": (whole[:-2], "truncated"),
        "half.png": (png[: len(png) // 2], "truncated"),
        "tail.png": (png[:-12], "truncated"),
        "empty.png": (b"", "unreadable"),
        "text.jpg": (b"hello, world", "unreadable"),
        "zeros.gif": (bytes(5000), "unreadable"),
        "png.jpg": (png, "mislabelled"),
    }
    for name, (content, finding) in files.items():
        (tmp_path / name).write_bytes(content)
        assert faults(read_one(name, str(tmp_path))) == {finding}, name
    assert not faults(read_one("good.jpg", str(tmp_path)))
    assert not faults(read_one("good.png", str(tmp_path)))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_damage_is_a_finding_or_an_image_never_an_error(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("damage")
    kind = data.draw(st.sampled_from(["a.png", "a.jpg", "a.gif", "a.webp", "a.tif", "a.bmp"]))
    scene(np.random.default_rng(1), 24).save(folder / kind)
    content = bytearray((folder / kind).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (folder / kind).write_bytes(content[: data.draw(st.integers(0, len(content)))])
    reading = read_one(kind, str(folder))
    assert reading.decoded or reading.faults


def test_what_follows_the_end_of_an_image_is_no_fault(tmp_path, picture):
    """Cameras and copying tools leave zeros there, telephones a film."""
    for name in ("a.png", "a.jpg"):
        picture.save(tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole + bytes(9000) + b"\x01film" * 9000)
        assert not read_one(name, str(tmp_path)).faults, name


def test_avif_is_read_under_any_name(tmp_path, picture):
    for name, expected in (("a.avif", set()), ("a.jpg", {"mislabelled"})):
        picture.save(tmp_path / name, "AVIF")
        reading = read_one(name, str(tmp_path))
        assert reading.decoded and faults(reading) == expected


def test_what_systems_leave_is_no_image(tmp_path, picture):
    for name in ("a.png", "._a.png", ".thumbnails/a.png", "__MACOSX/a.png", "Thumbs.db", "a.txt"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        picture.save(tmp_path / name, "PNG")
    names = listing(tmp_path)
    assert names.images == ["a.png"] and names.others == ["a.txt"]
    assert names.hidden == ["._a.png", ".thumbnails", "Thumbs.db", "__MACOSX"]


def test_images_that_are_not_read_are_named(tmp_path, picture, monkeypatch):
    (tmp_path / "apple.jpg").write_bytes(b"\0\0\0\x18ftypheic" + bytes(400))
    (tmp_path / "page.png").write_bytes(b"<!DOCTYPE html><html>not found</html>")
    picture.save(tmp_path / "large.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    words = {
        "apple.jpg": "a HEIC image",
        "page.png": "a web page",
        "large.png": "too large",
        "none.png": "no such file",
    }
    for name, reason in words.items():
        (fault,) = read_one(name, str(tmp_path)).faults
        assert fault.finding == "unreadable" and fault.reason.startswith(reason)


def test_links_pipes_and_strange_names(tmp_path, picture):
    folder, outside = tmp_path / "set", tmp_path / "outside"
    folder.mkdir()
    outside.mkdir()
    picture.save(outside / "secret.png")
    picture.save(folder / "real.png")
    (folder / "out.png").symlink_to(outside / "secret.png")
    (folder / "in.png").symlink_to(folder / "real.png")
    (folder / "loop.png").symlink_to(folder / "loop.png")
    (folder / "more").symlink_to(outside)
    os.mkfifo(folder / "pipe.png")
    odd = os.fsencode(folder) + b"/\xff<b>\n.png"
    with open(odd, "wb") as file:  # noqa: PTH123 - a name in bytes
        file.write((folder / "real.png").read_bytes())
    names = listing(folder)
    assert {r.path for r in names.refused} == {"out.png", "more"}
    readings = {r.path: r for r in read_all(folder, names.images, 1)}
    assert readings["in.png"].key == readings["real.png"].key
    assert faults(readings["pipe.png"]) == faults(readings["loop.png"]) == {"unreadable"}
    assert readings["\\xff<b>\n.png"].decoded


def test_many_workers_read_what_one_does(tmp_path, picture):
    for i in range(80):
        picture.rotate(i).save(tmp_path / f"{i}.png")
    names = listing(tmp_path).images
    alone = [r.key for r in read_all(tmp_path, names, 1)]
    assert [r.key for r in read_all(tmp_path, names, 2)] == alone


def test_a_missing_folder_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="no such folder"):
        listing(tmp_path / "none")
