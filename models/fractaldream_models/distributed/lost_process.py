"""End a run in one line when a process that Fabric started is lost.

Fabric kills the remaining processes without a word and offers no public hook for this, so a method
of its private observer is replaced. Nothing else in the package touches Lightning's private parts.
"""

import os
import sys
import time
from typing import Any

GRACE = 5.0  # seconds that the first process has to report the loss itself


def report_instead_of_killing() -> None:
    """Let Fabric's observer of its child processes report a lost one."""
    from lightning_fabric.strategies.launchers import subprocess_script

    observer = subprocess_script._ChildProcessObserver
    observer._terminate_all = _end_run  # type: ignore[method-assign, assignment]


def _end_run(observer: Any) -> None:
    """Kill the processes that are left, print one line and exit with status 2."""
    children = observer._child_processes
    lost = next(rank for rank, child in enumerate(children, 1) if child.returncode)
    time.sleep(GRACE)  # the first process may have noticed, too, and then reports it itself
    for child in children:
        child.kill()
    print(
        f"Error: process {lost} of {len(children) + 1} was lost: what is complete is kept, go on "
        "with --resume",
        file=sys.stderr,
        flush=True,
    )
    os._exit(2)  # from a thread; the main one may hang in a collective
