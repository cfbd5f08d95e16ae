"""The folder in which results that are costly to compute are kept between runs."""

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return $FRACTALDREAM_CACHE, else `fractaldream` in the user's cache folder."""
    given = os.environ.get("FRACTALDREAM_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "fractaldream"
