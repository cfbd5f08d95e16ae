"""The one folder for what is kept between runs: compiled code, trained networks, statistics."""

import os
from pathlib import Path

from .errors import BadInput


def cache_folder() -> Path:
    """Return the folder of the cache, which may not exist yet.

    Returns
    -------
    Path
        `$FRACTALDREAM_CACHE` where that is set, else `fractaldream` in `$XDG_CACHE_HOME` or in
        `~/.cache`.

    Raises
    ------
    BadInput
        If neither variable is set and the user has no home folder, as in some containers.
    """
    if chosen := os.environ.get("FRACTALDREAM_CACHE"):
        return Path(chosen)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "fractaldream"
    try:
        return Path.home() / ".cache" / "fractaldream"
    except RuntimeError:
        raise BadInput(
            "this user has no home folder; set FRACTALDREAM_CACHE to a folder that can be written"
        ) from None
