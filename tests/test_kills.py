"""SIGKILL at random moments: the same command completes, to the same result.

`FRACTALDREAM_KILLS` is the number of moments of each command, 2 by default.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import time

import numpy as np
import pytest

from command_place import Place
from small_commands import INVOCATIONS
from whole_files import check_whole, is_unfinished, strict

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("FRACTALDREAM_KILLS", "2"))
KILLED = {  # command: what of its result must be the same; none: the files
    "fractaldream render": ("content_sha256", "images"),
    "fractaldream publish": (),
    "fractaldream train": ("epochs", "best_epoch", "best"),
    "fractaldream sweep run": ("complete", "failed", "best_trial", "best"),
    "evalkit clean apply": ("kept", "left_out", "classes"),
    "evalkit correspond": ("verdict", "rungs", "recipe"),
}
ROWS = [(name, row) for name in KILLED for row in INVOCATIONS[name]]


def result(place, done):
    """Return what must be the same of a command's result."""
    values = strict(done.out)
    kept = {name: values[name] for name in KILLED[place.name]}
    if place.name in ("fractaldream publish", "evalkit clean apply"):
        for path in sorted(path for path in place.out.rglob("*") if path.is_file()):
            name = path.relative_to(place.out)
            if path.suffix != ".h5" and not is_unfinished(name):  # HDF5 notes times
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                kept[str(name)] = digest
    return kept


def complete(place):
    """Run the command again, with the option that it asks for, and return its result.

    It asks for --resume, or for --force where the kill came after the last file.
    """
    done = place.run("--json")
    for option in ("--resume", "--force"):
        if done.status == 2 and option in done.err:
            done = place.run("--json", option)
    assert done.status == 0, done.err
    check_whole(place.out)
    return result(place, done)


@pytest.mark.parametrize(
    ("name", "row"), ROWS, ids=[f"{n} {INVOCATIONS[n].index(row) + 1}" for n, row in ROWS]
)
def test_killed_at_any_moment(stock, name, row):
    place = Place(stock, name, row, stock.folder / "place")
    try:
        start = time.monotonic()
        expected = complete(place.made())
        seconds = time.monotonic() - start
        for moment in np.random.default_rng(0).uniform(0, 1, KILLS):
            shutil.rmtree(place.out)
            number = place.made().start("--json")
            time.sleep(moment * seconds)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(number, signal.SIGKILL)
            place.wait(number)
            check_whole(place.out)
            assert complete(place) == expected, moment
    finally:
        shutil.rmtree(place.folder)
