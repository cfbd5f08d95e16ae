"""The one folder for what is kept between runs: compiled code, trained networks, statistics."""

import atexit
import os
import shutil
import sys
import tempfile
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of the cache, which may not exist yet.

    Returns
    -------
    Path
        `$FRACTALDREAM_CACHE` where that is set, else `fractaldream` in `$XDG_CACHE_HOME` or in
        `~/.cache`. Where that folder cannot be written, or the user has no home folder, as in some
        containers, a temporary folder of this process and of those that it starts; one line on
        stderr says so.
    """
    if chosen := os.environ.get("FRACTALDREAM_CACHE"):
        return Path(chosen)
    try:
        base = os.environ.get("XDG_CACHE_HOME")
        folder = (Path(base) if base else Path.home() / ".cache") / "fractaldream"
    except RuntimeError:
        return _temporary_folder("this user has no home folder")
    nearest = next(f for f in (folder, *folder.absolute().parents) if f.exists())
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        return folder
    return _temporary_folder(f"{folder} cannot be written")


def _temporary_folder(reason: str) -> Path:
    """Return a new folder that is removed at exit; the environment names it to all packages."""
    folder = tempfile.mkdtemp(prefix="fractaldream-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["FRACTALDREAM_CACHE"] = folder
    print(
        f"{reason}: what is compiled, trained or fetched is kept in {folder} until this process "
        "ends; set FRACTALDREAM_CACHE to a folder that can be written to keep it",
        file=sys.stderr,
    )
    return Path(folder)
