"""Why a file cannot be opened: what is intact is never called damaged."""

import errno
import fcntl
import os

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import fractaldream as fd
from fractaldream_models import checkpoint
from fractaldream_models.data.mnist import _read_idx
from fractaldream_models.data.sources import open_data
from models_files import write_dataset, write_model

MENDS_THAT_LOSE = ("remove", "delete", "render it again", "train it again", "fetch it again")


def refused(path, words, readers=(fd.open, open_data)):
    for read in readers:
        with pytest.raises(ValueError, match=words) as caught:
            read(path)
        message = str(caught.value)
        assert str(path) in message and "\n" not in message
        assert not any(mend in message for mend in MENDS_THAT_LOSE)


@pytest.fixture
def file(tmp_path):
    return write_dataset(tmp_path / "a.h5")


def test_a_file_that_another_program_holds_is_in_use(file):
    with file.open("rb+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        refused(file, "in use by another program that writes it; close it there")


def test_a_file_that_may_not_be_read_is_said_so(file, monkeypatch):
    def denied(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("builtins.open", denied)
    refused(file, "permission denied; allow reading it")


def test_what_is_cut_short_damaged_or_newer_is_told_apart(file, tmp_path):
    whole, other = file.read_bytes(), tmp_path / "b.h5"
    cases = {
        "truncated, 3,000 of ": whole[:3000],
        "a damaged HDF5 file": whole[:9] + bytes(200) + whole[209:],
        "written by a newer version of HDF5": whole[:8] + b"\x09" + whole[9:],
        "a PNG image, not an HDF5 file": b"\x89PNG" + bytes(90),
        "zeros, not an HDF5 file": bytes(900),
        "empty, not an HDF5 file": b"",
    }
    for words, content in cases.items():
        other.write_bytes(content)
        refused(other, words)


def test_damaged_images_are_one_line(file, tmp_path):
    with h5py.File(file) as source, h5py.File(tmp_path / "b.h5", "w") as target:
        for name in source:
            if name != "images":
                source.copy(name, target)
        target.attrs.update(source.attrs)
        shape = source["images"].shape
        images = target.create_dataset("images", shape, "u1", chunks=shape, compression="gzip")
        images.id.write_direct_chunk((0, 0, 0), b"no deflated bytes")
    refused(tmp_path / "b.h5", "damaged .*copy it again", [open_data])


def test_a_pipe_does_not_wait_for_its_writer(tmp_path):
    os.mkfifo(tmp_path / "pipe.h5")
    refused(tmp_path / "pipe.h5", "not a regular file", [fd.open, fd.info])


def test_idx_files_are_told_apart(tmp_path):
    path = tmp_path / "train-images-idx3-ubyte"
    header = b"\0\0\x08\x03" + np.array([2, 4, 4], ">u4").tobytes()
    huge = b"\0\0\x08\x03" + np.array([2**31, 2**20, 2**20], ">u4").tobytes()
    path.write_bytes(header + bytes(range(32)))
    assert np.array_equal(_read_idx(path).ravel(), np.arange(32))
    cases = {
        "truncated": header + bytes(31),
        "not an IDX file": b"hello, world",
        "too large": huge,
        "damaged": b"\x1f\x8b\x08\0\0\0\0\0\0\xff" + b"no deflated bytes",
    }
    for words, content in cases.items():
        path.write_bytes(content)
        refused(path, words, [_read_idx])


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """One good file of each kind, and what reads it."""
    folder = tmp_path_factory.mktemp("whole")
    recipe = fd.Recipe(n=60, size=16, iterations=400, law="normal", refusals=False)
    fd.render(recipe, folder / "a.h5")
    write_model(folder / "m.pt", size=16)
    header = b"\0\0\x08\x03" + np.array([2, 4, 4], ">u4").tobytes()
    (folder / "idx").write_bytes(header + bytes(32))
    readers = {"a.h5": (fd.info, fd.open, open_data), "m.pt": (checkpoint.load,)}
    return folder, readers | {"idx": (_read_idx,)}


def check_any_damage(whole, data):
    folder, readers = whole
    name = data.draw(st.sampled_from(sorted(readers)))
    content = bytearray((folder / name).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        last = data.draw(st.sampled_from([min(200, len(content) - 1), len(content) - 1]))
        content[data.draw(st.integers(0, last))] = data.draw(st.integers(0, 255))
    end = data.draw(st.one_of(st.just(len(content)), st.integers(0, len(content))))
    path = folder / "damaged"
    path.unlink(missing_ok=True)
    path.write_bytes(content[:end])
    for read in readers[name]:
        try:
            read(path)
        except ValueError as error:
            assert type(error).__name__ == "BadInput" and "\n" not in str(error), repr(error)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_damage_is_one_line(whole, data):
    check_any_damage(whole, data)


@pytest.mark.slow
@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_much_damage_is_one_line(whole, data):
    check_any_damage(whole, data)
