"""Locks on folders, so that two processes never write the same run."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fractaldream_base.errors import BadInput


class Busy(BadInput):
    """Raised where another process holds the lock of a folder."""


@contextmanager
def locked(folder: Path, *, wait: bool = False, required: bool = False) -> Iterator[None]:
    """Hold the lock of a folder, which is made where it is missing.

    A killed process leaves no lock behind. Windows has no such locks, and does without.

    Parameters
    ----------
    folder
        The folder.
    wait
        Wait for the process that holds the lock, instead of raising Busy.
    required
        Raise BadInput where the file system knows no locks, instead of going on without.

    Raises
    ------
    Busy
        If another process holds the lock.
    """
    try:
        import fcntl
    except ImportError:  # Windows, where an open file cannot be replaced anyway
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            os.close(descriptor)
            raise Busy(
                f"{folder}: another process trains there; wait for it or give another --out"
            ) from None
        if required:
            os.close(descriptor)
            raise BadInput(
                f"{folder}: its file system knows no locks; choose another --out"
            ) from error
    try:
        yield
    finally:
        os.close(descriptor)
