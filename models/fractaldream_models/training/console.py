"""Show a training on stderr: a summary, bars, the time that it will take, a line an epoch."""

import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from fractaldream_models.training_step import Batch

from .choice import Choice

SETTLED = 3.0  # seconds after which the speed of the first batches says how long it will take
SHORT, LONG = timedelta(seconds=30), timedelta(days=1)  # not worth a line, worth a warning
# losses of metrics.jsonl that a line shows where the kind has them
LOSSES = ("reconstruction", "kl", "latent", "paired", "matched", "discriminator", "generator")


class Console:
    """The display of a training on stderr.

    Parameters
    ----------
    visible
        Whether anything is shown.
    figure
        Name of the held-out figure that chooses the epoch.
    epochs
        Number of epochs of the run.
    """

    def __init__(self, visible: bool, figure: str, epochs: int) -> None:
        self.visible, self.figure, self.epochs = visible, figure, epochs
        self._started = time.perf_counter()
        self._columns: list[str] = []
        self._estimated = False

    def write(self, line: str) -> None:
        """Show a line, above the bar where there is one."""
        if self.visible:
            from fractaldream_base.progress import Bar

            Bar.write(line, file=sys.stderr)

    def batches(self, batches: Iterable[Batch], count: int, epoch: int) -> Iterator[Batch]:
        """Yield the batches of an epoch, and say after the first ones how long all will take."""
        from fractaldream_base.progress import Bar

        self._started = time.perf_counter()
        title = f"epoch {epoch}/{self.epochs}"
        bar = Bar(
            batches,
            total=count,
            desc=title,
            unit="batch",
            file=sys.stderr,
            leave=False,
            disable=not self.visible,
        )
        first = 0.0
        for number, batch in enumerate(bar):
            if number == 1:  # the first one is slower than all others
                first = time.perf_counter()
            elif number > 1 and time.perf_counter() - first > SETTLED:
                self._estimate((time.perf_counter() - first) / (number - 1) * count, epoch)
            yield batch

    def _estimate(self, seconds: float, epoch: int) -> None:
        """Say, once, how long an epoch and the rest of the run take."""
        if self._estimated or not self.visible:
            return
        self._estimated = True
        remaining = timedelta(seconds=seconds * (self.epochs - epoch + 1))
        end = datetime.now() + remaining
        at = f"{end:%H:%M}" if remaining < timedelta(hours=12) else f"{end:%d %B, %H:%M}"
        if remaining > SHORT:
            epoch_time = _duration(seconds)
            self.write(
                f"Time      about {epoch_time} an epoch, {_duration(remaining)} in all, until {at}"
            )
        if remaining > LONG:
            self.write(
                f"warning: this takes {_duration(remaining)}; end it with Ctrl-C and lower "
                "--epochs, --set width=W, --set size=S (with resize=true) or --set limit=N, or use "
                "a GPU"
            )

    def epoch(self, row: Mapping[str, Any], choice: Choice) -> None:
        """Show the losses and the held-out figure of an epoch."""
        seconds = time.perf_counter() - self._started
        if row["epoch"] < self.epochs:  # an epoch too short for its first batches to tell
            self._estimate(seconds, row["epoch"] + 1)
        if not self._columns:
            self._columns = [name for name in LOSSES if name in row]
            self.write(self._header())
        mark = "*" if choice.epoch == row["epoch"] else " "
        cells = [f"{row['epoch']:>5}/{self.epochs}"]
        cells += [f"{row[name]:>{_width(name)}.4g}" for name in self._columns]
        cells += [f"{row[self.figure]:>{_width(self.figure)}.5g}{mark}", f"{_duration(seconds):>7}"]
        self.write("  ".join(cells))

    def _header(self) -> str:
        """Return the names of the columns, and what they mean."""
        names = [f"{name:>{_width(name)}}" for name in self._columns]
        figure = f"{self.figure:>{_width(self.figure)}} "
        head = "  ".join(
            [f"{'epoch':>{6 + len(str(self.epochs))}}", *names, figure, f"{'time':>7}"]
        )
        meaning = f"mean losses of each epoch, then {self.figure} of the held-out images"
        return f"\n{meaning} (lower is better; * is kept as ckpt.pt)\n{head}"


def _width(name: str) -> int:
    return max(9, len(name))


def _duration(length: timedelta | float) -> str:
    """Return a duration in words."""
    seconds = length.total_seconds() if isinstance(length, timedelta) else length
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 120:
        return f"{seconds:.0f} s"
    if seconds < 2 * 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86400:.1f} days"
