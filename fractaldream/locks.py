"""Files that keep other processes away from what this one writes."""

import contextlib
import errno
from collections.abc import Iterator
from pathlib import Path

from .errors import BadInput


@contextlib.contextmanager
def locked(path: Path, message: str) -> Iterator[None]:
    """Hold the lock file `path` while the body runs; the file goes with the body.

    Raises
    ------
    BadInput
        With `message`, if another process holds it.
    """
    with path.open("w", encoding="utf-8") as lock:
        hold(lock.fileno(), message)
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


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
