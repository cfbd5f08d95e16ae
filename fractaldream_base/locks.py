"""Locks of files and folders, which keep other processes away from what this one writes.

A lock goes with the process that holds it, however that ends. Windows and some file systems know no
locks of this kind (flock). Everywhere, work then goes on without: one process at a time is safe as
before. Only where several processes share a folder by design, `required=True` refuses.
"""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from .errors import BadInput

try:
    import fcntl
except ImportError:  # Windows, where an open file cannot be replaced anyway
    fcntl = None  # type: ignore[assignment]

# of a file system that knows no locks, or not those of folders
WITHOUT_LOCKS = (errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF)
TRIES = 100  # to get hold of a lock file that others make and remove at the same time


HELD = "another process writes there; wait for it"


class Busy(BadInput):
    """Raised where another process holds a lock."""


def system_has_locks() -> bool:
    """Return whether the operating system has locks of files and folders; Windows has none."""
    return fcntl is not None


def hold(descriptor: int, message: str = HELD, *, wait: bool = False, shared: bool = False) -> bool:
    """Lock an open file or folder for this process, until it is closed or released.

    Parameters
    ----------
    descriptor
        Descriptor of the open file or folder.
    message
        What `Busy` says.
    wait
        Wait for the process that holds the lock, instead of raising `Busy`.
    shared
        Let others hold it as well who ask for a shared lock; turns this process's lock into one.

    Returns
    -------
    bool
        Whether it is locked; False where the system or the file system knows no locks.

    Raises
    ------
    Busy
        If another process holds the lock.
    """
    if fcntl is None:
        return False
    operation = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
    try:
        fcntl.flock(descriptor, operation | (0 if wait else fcntl.LOCK_NB))
    except (BlockingIOError, PermissionError):
        raise Busy(message) from None
    except OSError as error:
        if error.errno not in WITHOUT_LOCKS:
            raise
        return False
    return True


def release(descriptor: int) -> None:
    """Give back a lock that `hold` has taken, for forks that have the descriptor as well."""
    fcntl.flock(descriptor, fcntl.LOCK_UN)


@contextlib.contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Hold the lock file `path` while the body runs; the file goes with the body.

    Raises
    ------
    Busy
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
    Busy
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
    raise Busy(message)


@contextlib.contextmanager
def locked_folder(
    folder: Path, message: str, *, wait: bool = False, required: bool = False
) -> Iterator[None]:
    """Hold the lock of a folder, which is made where it is missing, while the body runs.

    Parameters
    ----------
    folder
        The folder.
    message
        What `Busy` says.
    wait
        Wait for the process that holds the lock, instead of raising `Busy`.
    required
        Raise BadInput where the file system knows no locks, instead of going on without.

    Raises
    ------
    Busy
        If another process holds the lock.
    """
    if fcntl is None:  # where a folder cannot be opened either
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        if not hold(descriptor, message, wait=wait) and required:
            raise BadInput(f"{folder}: its file system knows no locks; choose another --out")
        yield
    finally:
        os.close(descriptor)


def _has_its_name(lock: TextIO, path: Path) -> bool:
    """Return whether an open file is the one that `path` names now."""
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except FileNotFoundError:
        return False
