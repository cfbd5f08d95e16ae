"""Files that are complete or not there at all."""

import contextlib
import errno
import re
import secrets
from collections.abc import Iterator
from pathlib import Path

from .errors import BadInput


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
        If the folder of `path` does not exist or cannot be written, or the disk is full.
    """
    # not the process number: on shared storage, another machine may have the same
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.part")
    try:
        yield beside
        beside.replace(path)
    except FileNotFoundError:
        raise BadInput(f"{path}: its folder does not exist; make it first") from None
    except PermissionError:
        raise BadInput(f"{path}: not writable; choose another place") from None
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        if not is_full_disk(error):
            raise
        raise BadInput(
            f"{path}: the disk is full; free some space or choose another place"
        ) from error
    finally:
        beside.unlink(missing_ok=True)
