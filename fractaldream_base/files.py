"""Files that are complete or not there at all, and checks of a path before work begins."""

import contextlib
import errno
import hashlib
import re
import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import BadInput
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
    # a name of its own, so that two commands may write one file at once, on two machines as well
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        if (reason := _reason(error, beside)) is None:
            raise
        raise BadInput(f"{path}: {reason}") from error
    finally:
        with contextlib.suppress(OSError):  # where even the name is refused
            beside.unlink(missing_ok=True)


def _reason(error: Exception, beside: Path) -> str | None:
    """Return why a file cannot be written and the mend; None for errors of something else."""
    if is_full_disk(error):
        return "the disk is full; free some space or choose another place"
    if not isinstance(error, OSError) or error.filename not in (None, beside, str(beside)):
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
        yield
    except (OSError, RuntimeError) as error:  # pathlib tells of a loop of links by the latter
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
