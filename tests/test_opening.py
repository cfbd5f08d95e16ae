"""Why a file cannot be opened: what is intact is never called damaged."""

import errno
import fcntl
import inspect
import os

import fractaldream_models.opening
import h5py
import numpy as np
import pytest
from fractaldream_models.data.sources import open_data
from models_files import write_dataset

import fractaldream as fd
import fractaldream.opening

MENDS_THAT_LOSE = ("remove", "delete", "render it again", "train it again", "fetch it again")


def test_both_packages_hold_one_module():
    modules = (fractaldream.opening, fractaldream_models.opening)
    assert len({inspect.getsource(module) for module in modules}) == 1


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
    from fractaldream_models.data.mnist import _read_idx

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
