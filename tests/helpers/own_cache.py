"""A cache folder of a test's own, in which nothing is kept but compiled code."""

from fractaldream_base.cache import cache_folder


def new_cache(folder):
    """Make the cache folder and return it; compiled code is shared with every other test."""
    compiled = cache_folder() / "compiled"
    compiled.mkdir(parents=True, exist_ok=True)
    folder.mkdir()
    (folder / "compiled").symlink_to(compiled.resolve())
    return folder
