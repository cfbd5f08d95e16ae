"""Locks: held by one process at a time, and one answer to what knows none."""

import errno
import os
import shutil

import pytest

from fractaldream_base import locks
from fractaldream_base.errors import BadInput
from fractaldream_base.locks import Busy, held, hold, locked, locked_folder

fcntl = pytest.importorskip("fcntl", reason="Windows has no such locks")


def refuse(monkeypatch, code):
    def flock(*_):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)


def test_a_folder_and_a_lock_file_are_held_once(tmp_path):
    folder = tmp_path / "runs" / "one"
    for _ in range(2):
        first = locked_folder(folder, "busy")
        with first, pytest.raises(Busy, match="busy"), locked_folder(folder, "busy"):
            pass
    with locked(tmp_path / "lock", "busy"), pytest.raises(Busy), held(tmp_path / "lock", "busy"):
        pass
    assert not (tmp_path / "lock").exists()


def test_without_locks_work_goes_on_and_a_shared_folder_is_refused(tmp_path, monkeypatch):
    refuse(monkeypatch, errno.ENOLCK)
    with locked(tmp_path / "lock", "busy"), locked_folder(tmp_path, "busy"):
        pass
    needed = locked_folder(tmp_path, "busy", required=True)
    with pytest.raises(BadInput, match="knows no locks; choose another --out"), needed:
        pass
    monkeypatch.setattr(locks, "fcntl", None)
    with locked(tmp_path / "lock", "busy"), locked_folder(tmp_path, "busy"):
        pass


def test_another_error_is_no_lack_of_locks(tmp_path, monkeypatch):
    refuse(monkeypatch, errno.EIO)
    with (tmp_path / "a").open("w") as file, pytest.raises(OSError, match="Input/output"):
        hold(file.fileno())


def test_a_lock_whose_file_was_removed_meanwhile_is_taken_again(tmp_path, monkeypatch):
    path, takes = tmp_path / "a" / "lock", []

    def removing(descriptor, message, hold=locks.hold):
        hold(descriptor, message)
        takes.append(descriptor)
        if len(takes) == 1:  # the process before this one removes what it held
            shutil.rmtree(path.parent)

    monkeypatch.setattr(locks, "hold", removing)
    with held(path, "held"):
        assert len(takes) == 2 and path.exists()
