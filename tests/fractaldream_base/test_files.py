"""Files that are complete or not there at all."""

import errno
import os
import signal
import subprocess
import sys

import pytest

import fractaldream as fd
from fractaldream_base import locks
from fractaldream_base.errors import BadInput
from fractaldream_base.files import (
    check_outputs,
    file_digest,
    replacing,
    unfinished,
    write_bytes,
    write_json,
)

BOTH = pytest.mark.parametrize("folder", [False, True], ids=["file", "folder"])


LOCKS = pytest.mark.skipif(locks.fcntl is None, reason="no locks of files on this system")


HOLDER = """
import sys, time
from pathlib import Path
from fractaldream_base.files import unfinished
with unfinished(Path(sys.argv[1]), folder=sys.argv[2] == "True") as beside:
    (beside / "x" if beside.is_dir() else beside).write_bytes(b"half")
    print(beside.name, flush=True)
    time.sleep(60)
"""


def test_a_failure_leaves_what_was_there(tmp_path):
    path = tmp_path / "a.txt"
    write_bytes(path, b"before")
    with pytest.raises(ZeroDivisionError), replacing(path) as beside:
        beside.write_bytes(b"half")
        raise ZeroDivisionError
    assert path.read_bytes() == b"before" and list(tmp_path.iterdir()) == [path]


def test_a_success_replaces_it(tmp_path):
    path = tmp_path / "a.json"
    write_bytes(path, b"before")
    write_json(path, {"x": float("nan")})
    assert path.read_text() == '{\n "x": null\n}\n' and list(tmp_path.iterdir()) == [path]


def test_the_digest_is_that_of_the_bytes(tmp_path):
    for name in "ab":
        write_bytes(tmp_path / name, b"same")
    write_bytes(tmp_path / "c", b"other")
    digests = [file_digest(tmp_path / name) for name in "abc"]
    assert digests[0] == digests[1] != digests[2] and len(digests[0]) == 64


@pytest.mark.parametrize("name, reason", [("", "a folder"), ("none/x", "does not exist")])
def test_places_that_cannot_be_written_are_refused_before_the_work(tmp_path, name, reason):
    with pytest.raises(BadInput, match=reason):
        check_outputs(tmp_path / name)
    check_outputs(None, "-", tmp_path / "new")


def test_a_folder_that_is_missing_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="its folder does not exist; make it first"):
        write_bytes(tmp_path / "none" / "x", b"")


def holder(path, folder):
    """Start a process that writes `path` and does not end; return it and the name it writes to."""
    words = [sys.executable, "-c", HOLDER, str(path), str(folder)]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip()


@LOCKS
@BOTH
def test_what_a_killed_process_left_is_taken_over_and_a_living_one_is_let_alone(tmp_path, folder):
    path = tmp_path / "a"
    process, name = holder(path, folder)
    with unfinished(path, folder=folder) as other:
        assert other.name != name and sorted(tmp_path.iterdir()) == sorted([other, tmp_path / name])
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert [each.name for each in tmp_path.iterdir()] == [name]
    with unfinished(path, folder=folder) as beside:
        assert beside.name == name
        assert not (list(beside.iterdir()) if folder else beside.read_bytes())
    assert not list(tmp_path.iterdir())


@LOCKS
@BOTH
def test_what_was_renamed_is_not_removed_under_another_process(tmp_path, folder):
    path = tmp_path / "a"
    with unfinished(path, folder=folder) as beside:
        beside.rename(path)
        process, name = holder(path, folder)
        assert name == beside.name
    assert beside.exists() and path.exists()
    process.kill()
    process.wait()
    process.stdout.close()


@BOTH
def test_a_disk_without_locks(tmp_path, monkeypatch, folder):
    class Refused:
        LOCK_EX = LOCK_SH = LOCK_NB = 0

        def flock(self, *arguments):
            raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    for fcntl in (Refused(), None):
        monkeypatch.setattr(locks, "fcntl", fcntl)
        with unfinished(tmp_path / "a", folder=folder) as first:
            with unfinished(tmp_path / "a", folder=folder) as second:
                assert first != second
            (first / "x" if folder else first).write_bytes(b"x")
        assert not list(tmp_path.iterdir())


def test_replacing_leaves_all_or_nothing(tmp_path):
    target = tmp_path / "a.txt"
    target.write_text("old")
    with pytest.raises(RuntimeError), replacing(target) as beside:
        beside.write_text("half")
        raise RuntimeError
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
    with pytest.raises(fd.BadInput, match="the disk is full"), replacing(target) as beside:
        beside.write_text("half")
        raise OSError(errno.ENOSPC, "No space left on device")
    assert target.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
    with (
        pytest.raises(fd.BadInput, match="folder does not exist"),
        replacing(tmp_path / "no" / "a.txt") as beside,
    ):
        beside.write_text("new")
