"""Functions that list the contents of the cache folder by kind, and that empty it."""

import fnmatch
import shutil
from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput

# What the packages keep, by the names of files and folders; everything else is left alone
CONTENTS = {
    "compiled code": ("compiled",),
    "inverse renderers": ("inverse-*.pt", "inverse-*.md", "inverse-*.state"),
    "scores of the correspondence test": ("map-*.json", "power-*.json"),
    "features of data sets": ("features-*.pt",),
    "answers of classifier tests": ("two-sample-*.json",),
    "MNIST and Fashion-MNIST": ("fetched-mnist",),
}
OTHER = "other files"


@dataclass(frozen=True)
class Content:
    """One kind of content of the cache.

    Attributes
    ----------
    name
        What it is.
    files
        Number of files.
    bytes
        Their size.
    """

    name: str
    files: int
    bytes: int


def megabytes(size: int) -> str:
    """Return a size in MB."""
    return f"{size / 1e6:,.1f} MB"


def contents(folder: Path) -> list[Content]:
    """Return what a cache folder holds, by kind; nothing where it does not exist."""
    paths = {name: _paths(folder, patterns) for name, patterns in CONTENTS.items()}
    listed = {path for group in paths.values() for path in group}
    if folder.is_dir():
        paths[OTHER] = [path for path in sorted(folder.iterdir()) if path not in listed]
    counted = [_count(name, group) for name, group in paths.items()]
    return [content for content in counted if content.files]


def clear_cache() -> list[Content]:
    """Remove what the packages keep in the cache folder, and return what was removed.

    Files of other names are left alone, and links are removed without following them: nothing
    outside the folder is ever touched.

    Raises
    ------
    BadInput
        If something cannot be removed.
    """
    folder = cache_folder()
    removed = [content for content in contents(folder) if content.name != OTHER]
    for patterns in CONTENTS.values():
        for path in _paths(folder, patterns):
            try:
                if path.is_dir() and not path.is_symlink():
                    shutil.rmtree(path)
                else:
                    path.unlink()
            except OSError as error:
                raise BadInput(f"{path}: cannot be removed ({error.strerror})") from error
    return removed


def _paths(folder: Path, patterns: tuple[str, ...]) -> list[Path]:
    """Return what a folder holds under these names, or under those of unfinished files of them."""
    if not folder.is_dir():
        return []
    names = (*patterns, *(f".{pattern}.*" for pattern in patterns))
    return sorted(p for p in folder.iterdir() if any(fnmatch.fnmatch(p.name, n) for n in names))


def _count(name: str, paths: list[Path]) -> Content:
    files = [file for path in paths for file in _files(path)]
    return Content(name, len(files), sum(file.lstat().st_size for file in files))


def _files(path: Path) -> list[Path]:
    """Return the files below a path; a link is one, and is not followed."""
    if path.is_symlink() or not path.is_dir():
        return [path]
    return [p for p in path.rglob("*") if p.is_symlink() or not p.is_dir()]
