"""Progress on stderr."""

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def progress_bar(
    enabled: bool, total: int, title: str, unit: str, done: int = 0
) -> Iterator[Callable[[int], None]]:
    """Show a bar with rate and time left; give a function, for any thread, that advances it."""
    from fractaldream_base.progress import Bar

    bar = Bar(
        total=total, initial=done, unit=unit, desc=title, disable=not enabled,
        unit_scale=total >= 10**6,
    )  # fmt: skip
    lock = threading.Lock()

    def advance(n: int) -> None:
        with lock:
            bar.update(n)

    with bar:
        yield advance
