"""Progress bars: a bar that moves in a terminal, a line now and then in a file."""

import sys
from typing import Any

from tqdm import tqdm

LINES = 30.0  # seconds between two lines in a file, and before the first


class Bar(tqdm):
    """A bar of tqdm that writes whole lines where stderr is no terminal.

    A log of a job then holds a line now and then in place of one long line of thousands of bars.
    What ends before the first line is due writes none.
    """

    disable: bool

    def __init__(self, *words: Any, **options: Any) -> None:
        options = {"file": sys.stderr, "dynamic_ncols": True} | options
        self._lines = not options["file"].isatty()
        if self._lines:
            options |= {"mininterval": LINES, "maxinterval": LINES, "delay": LINES}
        super().__init__(*words, **options)

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Write the state over the last one, or on a line of its own."""
        if not self._lines:
            return bool(super().display(msg, pos))
        if msg != "":
            print(str(self) if msg is None else msg, file=self.fp, flush=True)
        return True

    def clear(self, nolock: bool = False) -> None:
        """Clear the bar; lines stay."""
        if not self._lines:
            super().clear(nolock)

    def close(self) -> None:
        """End the bar; in a file, with a last line where there were others."""
        if not getattr(self, "_lines", False):
            super().close()
            return
        if self.disable:
            return
        self.disable = True
        self._decr_instances(self)
        if self.last_print_t >= self.start_t + self.delay:
            self.display()
