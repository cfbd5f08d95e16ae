"""Files that are complete or not there at all."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from .errors import BadInput


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a name beside `path` to write to; rename it on success, remove it on failure.

    Raises
    ------
    BadInput
        If it cannot be written; what was there is kept.
    """
    # a name of its own, so that two commands may write one file at once
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
        beside.replace(path)
    except OSError as error:
        reason = (error.strerror or type(error).__name__).lower()
        raise BadInput(
            f"{path}: cannot be written ({reason}); mend that, or choose another place"
        ) from error
    finally:
        with contextlib.suppress(OSError):  # where even the name is refused
            beside.unlink(missing_ok=True)
