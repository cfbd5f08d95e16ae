"""The cache folder: what is fetched once and used by every later run.

`fractaldream.cache` says the same: neither package imports the other.
"""

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
    if named := os.environ.get("FRACTALDREAM_CACHE"):
        return Path(named)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base) / "fractaldream"
    try:
        return Path.home() / ".cache" / "fractaldream"
    except RuntimeError:
        raise BadInput(
            "this user has no home folder; set FRACTALDREAM_CACHE to a folder that can be written"
        ) from None
