"""Read a file that an earlier run has stored."""

from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import reason_of

RECOMPUTED = "move it elsewhere, and it is computed anew"


def stored_bytes(path: Path) -> bytes:
    """Return the bytes of a stored file. Raises BadInput where it cannot be read."""
    try:
        return path.read_bytes()
    except OSError as error:
        reason, mend = reason_of(error)
        raise BadInput(f"{path}: {reason}; {mend}") from error
