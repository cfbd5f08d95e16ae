"""The number of threads that a training computes with on the CPU."""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

RUNNABLE = Path("/proc/loadavg")  # of Linux: "0.20 0.18 0.12 3/80 11206", 3 of which run now
SAMPLES, PAUSE = 5, 0.01  # how often it is read, and seconds in between


def default_threads(processes: int = 1, *, measured: bool = True) -> int:
    """Return how many threads each process should compute with, given what else runs now.

    Threads of one operation wait for each other, so a thread without a core of its own holds up
    all others: two threads on two cores that other programs use are slower than one.

    Parameters
    ----------
    processes
        Number of processes that train together on this machine.
    measured
        Leave out the cores that are busy now. Processes that run already would count each other.

    Returns
    -------
    int
        Each process's share of the cores that may be used (affinity and quota of the container)
        and that nobody uses now, from 1, and never more than torch's own number, which
        OMP_NUM_THREADS sets.
    """
    usable = usable_cores()
    idle = (os.cpu_count() or usable) - (busy_cores() if measured else 0)
    available = min(usable, round(idle))
    return max(1, min(torch.get_num_threads(), available // processes))


def usable_cores() -> int:
    """Return the number of cores that this process may use, by affinity and container."""
    from joblib import cpu_count

    return int(cpu_count())


def busy_cores() -> float:
    """Return how many cores other programs use now; 0 where the system does not say.

    The load average lags behind by a minute, and the number of runnable threads changes from
    moment to moment: the smaller one of the two is taken.
    """
    if not hasattr(os, "getloadavg"):  # Windows
        return 0.0
    load = os.getloadavg()[0]
    try:
        counts = []
        for _ in range(SAMPLES):
            counts.append(
                int(RUNNABLE.read_text(encoding="ascii").split()[3].partition("/")[0]) - 1
            )  # not this
            time.sleep(PAUSE)
    except (OSError, ValueError, IndexError):
        return load
    return min(load, sum(counts) / len(counts))


@contextmanager
def computing_with(threads: int) -> Iterator[None]:
    """Let torch compute with so many threads within."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)
