"""Files that keep other processes away from what this one writes."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from fractaldream_base.errors import BadInput

TRIES = 100  # to get hold of a lock file that others make and remove at the same time


@contextlib.contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Hold the lock file `path` while the body runs; the file goes with the body.

    Raises
    ------
    BadInput
        With `message`, if another process holds it.
    """
    with held(path, message):
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def held(path: Path, message: str) -> Iterator[None]:
    """Hold the lock file `path` while the body runs; it and its folder are made where missing.

    The body may remove both. A process that opened the file before and gets the lock after holds a
    file that nobody else sees, so it opens the new one.

    Raises
    ------
    BadInput
        With `message`, if another process holds it.
    """
    for _ in range(TRIES):
        path.parent.mkdir(exist_ok=True)
        try:
            lock = path.open("w", encoding="utf-8")
        except FileNotFoundError:  # its folder was removed meanwhile
            continue
        with lock:
            hold(lock.fileno(), message)
            if _has_its_name(lock, path):
                yield
                return
    raise BadInput(message)


def _has_its_name(lock: TextIO, path: Path) -> bool:
    """Return whether an open file is the one that `path` names now."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except FileNotFoundError:
        return False


def hold(descriptor: int, message: str) -> None:
    """Lock an open file for this process, until it is closed. Raises BadInput with `message`."""
    try:
        import fcntl
    except ImportError:  # Windows, where an open file cannot be replaced anyway
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise BadInput(message) from None
        # a file system without locks: go on without
