"""Files that are complete or not there at all, and checks of a path before work begins."""

import contextlib
import errno
import hashlib
import itertools
import os
import re
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import BadInput
from .locks import Busy, hold, release, system_has_locks
from .strict_json import json_text


def is_full_disk(error: Exception) -> bool:
    """Return whether an OSError, or a RuntimeError of h5py, says that a disk or a quota is full."""
    codes = {getattr(error, "errno", None)}
    codes |= {int(code) for code in re.findall(r"\berrno = (\d+)", str(error))}  # as h5py says it
    return not codes.isdisjoint((errno.ENOSPC, errno.EDQUOT))


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; rename it on success, remove it on failure.

    Raises
    ------
    BadInput
        If it cannot be written; what was there is kept.
    """
    try:
        with unfinished(path) as beside:
            yield beside
            beside.replace(path)
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        if (reason := _reason(error, path)) is None:
            raise
        raise BadInput(f"{path}: {reason}") from error


@contextlib.contextmanager
def unfinished(path: Path, *, folder: bool = False) -> Iterator[Path]:
    """Give a name beside `path` for this process alone, gone afterwards unless it was renamed.

    The name is that of an empty file, or folder, which is locked while the process lives: what a
    killed one left is taken over by the next that writes `path`, and two that write it at once,
    on one machine or two, get different names.

    Parameters
    ----------
    path
        The final name, in a folder that exists.
    folder
        Whether a folder is made, or a file.
    """
    beside, descriptor = _claimed(path, folder)
    try:
        yield beside
    finally:
        with contextlib.suppress(OSError):
            # where it was renamed, another process may have taken the name since
            if descriptor is None or os.path.samestat(os.fstat(descriptor), beside.lstat()):
                shutil.rmtree(beside, ignore_errors=True) if folder else beside.unlink()
        if descriptor is not None:
            release(descriptor)
            os.close(descriptor)


def _claimed(path: Path, folder: bool) -> tuple[Path, int | None]:
    """Make an unfinished file or folder; return it and its descriptor, None without locks."""
    names = itertools.chain([f".{path.name}.part"], _numbered(path))
    for beside in map(path.with_name, names if system_has_locks() else ()):
        taken = os.path.lexists(beside)
        if taken and (beside.is_symlink() or not os.access(beside, os.W_OK)):
            continue  # of another user
        try:
            descriptor = _opened(beside, folder)
        except (FileExistsError, IsADirectoryError):
            continue
        except FileNotFoundError:
            if not path.parent.is_dir():
                raise
            continue  # renamed meanwhile
        try:
            is_locked = hold(descriptor)
            if is_locked and _is_ours(descriptor, beside):
                _empty(beside, descriptor, folder)
                return beside, descriptor
        except Busy:
            is_locked = True  # by another process
        except BaseException:
            os.close(descriptor)
            raise
        os.close(descriptor)
        if not is_locked:
            if not taken:
                beside.rmdir() if folder else beside.unlink()
            break
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    if folder:
        beside.mkdir()
    return beside, None


def _numbered(path: Path) -> Iterator[str]:
    return (f".{path.name}.{number}.part" for number in itertools.count(2))


def _opened(beside: Path, folder: bool) -> int:
    """Open an unfinished file or folder, which is made where it is not there."""
    if folder:
        beside.mkdir(exist_ok=True)
        return os.open(beside, os.O_RDONLY)
    return os.open(beside, os.O_RDWR | os.O_CREAT, 0o666)


def _is_ours(descriptor: int, beside: Path) -> bool:
    """Share the lock of an open file or folder; return whether it still has its name."""
    try:
        # keeps off who asks for the other kind, but not readers of HDF5 once the file is renamed
        hold(descriptor, shared=True)
        return os.path.samestat(os.fstat(descriptor), beside.lstat())
    except FileNotFoundError:  # renamed meanwhile
        return False


def _empty(beside: Path, descriptor: int, folder: bool) -> None:
    """Remove what a killed process left in an unfinished file or folder."""
    if not folder:
        os.ftruncate(descriptor, 0)
        return
    for path in beside.iterdir():
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _reason(error: Exception, path: Path) -> str | None:
    """Return why a file cannot be written and the mend; None for errors of something else."""
    if is_full_disk(error):
        return "the disk is full; free some space or choose another place"
    if not isinstance(error, OSError):
        return None
    beside = str(path.with_name(f".{path.name}."))  # as unfinished names begin
    if error.filename is not None and not str(error.filename).startswith(beside):
        return None
    if isinstance(error, FileNotFoundError):
        return "its folder does not exist; make it first"
    if isinstance(error, PermissionError):
        return "not writable; choose another place"
    words = (error.strerror or type(error).__name__).lower()
    return f"cannot be written ({words}); choose another place"


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises BadInput where it cannot be written."""
    with replacing(Path(path)) as beside:
        beside.write_bytes(content)


def write_json(path: str | Path, value: Any) -> None:
    """Write a value as indented JSON; arrays become lists, NaN null. Raises BadInput."""
    write_bytes(path, (json_text(value) + "\n").encode())


def file_digest(path: str | Path) -> str:
    """Return the SHA-256 of a file."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextlib.contextmanager
def reaching(place: str | Path, option: str) -> Iterator[None]:
    """Raise BadInput where the body cannot reach a path (no permission, too long, a loop)."""
    try:
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            Path(place).stat()  # since Python 3.13 resolve() passes over loops of links
        yield
    except (OSError, RuntimeError) as error:  # before, pathlib tells of a loop by the latter
        why = getattr(error, "strerror", None) or "a loop of links"
        raise BadInput(f"{place}: cannot be reached ({why}); give another {option}") from error


def check_outputs(*paths: str | Path | None) -> None:
    """Raise BadInput where a result would be no file or have no folder, before the work begins."""
    for path in paths:
        if path is None or str(path) == "-":
            continue
        target = Path(path).absolute()
        if target.is_dir():
            raise BadInput(f"{path}: a folder; give the name of a file")
        if not target.parent.is_dir():
            raise BadInput(f"{path}: its folder does not exist; make it first")
        if target.exists() and not target.is_file():
            raise BadInput(f"{path}: not a regular file; give another name")
