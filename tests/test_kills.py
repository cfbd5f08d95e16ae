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
from small_commands import INVOCATIONS, WELL
from whole_files import check_whole, strict, unfinished

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("FRACTALDREAM_KILLS", "2"))
KILLED = {  # command: what of its result must be the same; none: the files
    "fractaldream render": ("content_sha256", "images"),
    "fractaldream publish": (),
    "fractaldream train": ("epochs", "best_epoch", "best"),
    "fractaldream sweep run": ("complete", "failed", "best_trial", "best"),
    "evalkit clean apply": ("kept", "left_out", "classes"),
    "evalkit correspond": ("verdict", "levels", "established"),
}
# a report that is there already is refused, as any file that a command does not go on with
ROWS = [
    (name, row.replace("--report {out}/a.html", "")) for name in KILLED for row in INVOCATIONS[name]
]


def result(place, done):
    """Return what must be the same of a command's result."""
    values = strict(done.out)
    kept = {name: values[name] for name in KILLED[place.name]}
    if place.name in ("fractaldream publish", "evalkit clean apply"):
        for path in sorted(path for path in place.out.rglob("*") if path.is_file()):
            name = path.relative_to(place.out)
            if path.suffix != ".h5":  # HDF5 notes times
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                kept[str(name)] = digest
    return kept


def complete(place):
    """Run the command again, with --resume where it asks for that, and return its result."""
    done = place.run("--json")
    if done.status == 2 and "--resume" in done.err:
        done = place.run("--json", "--resume")
    assert done.status == WELL.get(place.name, 0), done.err
    check_whole(place.out)
    assert not unfinished(place.out)
    return result(place, done)


@pytest.mark.parametrize(
    ("name", "row"), ROWS, ids=[f"{n} {number}" for number, (n, _) in enumerate(ROWS, 1)]
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
            done = place.wait(number)
            check_whole(place.out)
            if done.status != -signal.SIGKILL:  # it was faster
                assert result(place, done) == expected, moment
            else:
                assert complete(place) == expected, moment
    finally:
        shutil.rmtree(place.folder)
