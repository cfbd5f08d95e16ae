"""Progress bars of a review and of a clean copy, which are many floors below the functions."""

import contextlib
from collections.abc import Iterable, Iterator
from contextvars import ContextVar
from typing import TypeVar

from fractaldream_base.progress import Bar

Item = TypeVar("Item")
_SHOWN = ContextVar("_SHOWN", default=False)


@contextlib.contextmanager
def progress_shown(enabled: bool) -> Iterator[None]:
    """Show the bars of the body on stderr, or none."""
    token = _SHOWN.set(enabled)
    try:
        yield
    finally:
        _SHOWN.reset(token)


def progress_bar(items: Iterable[Item], title: str, total: int | None = None) -> Iterable[Item]:
    """Return the items; a bar advances with them."""
    bar: Iterable[Item] = Bar(items, title, total, disable=not _SHOWN.get())
    return bar
