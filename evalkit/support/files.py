"""Results on disk: each file is written under another name and renamed, so that it is whole."""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evalkit.errors import BadInput
from fractaldream_cli.strict_json import json_text


def write_bytes(path: str | Path, content: bytes) -> None:
    """Write a file whole or not at all. Raises BadInput where it cannot be written."""
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        beside.write_bytes(content)
        beside.replace(path)
    except OSError as error:
        raise BadInput(
            f"{path}: cannot be written ({error.strerror}); give another place"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # where even the name is refused
            beside.unlink(missing_ok=True)


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
    """Raise BadInput where a result would have no folder, before the work begins."""
    for path in paths:
        if path is None or str(path) == "-":
            continue
        target = Path(path).absolute()
        if target.is_dir():
            raise BadInput(f"{path}: a folder; give the name of a file")
        if not target.parent.is_dir():
            raise BadInput(f"{path}: its folder does not exist; make it first")
