"""SIGKILL at random moments: the same command completes, to the same result.

`FRACTALDREAM_KILLS` is the number of kills of each command, over all its rows, 2 by default.
Moments are drawn over the processor time of the command, so that they mean the same where others
use the machine as well.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch

from command_place import Place
from own_cache import new_cache
from small_commands import INVOCATIONS, PAIRS, SENT, WELL
from whole_files import check_whole, strict, unfinished

pytestmark = pytest.mark.slow
KILLS = int(os.environ.get("FRACTALDREAM_KILLS", "2"))
LONGEST = 3600  # seconds that a command may take where others use the machine
RENDERED = ("content_sha256", "images")
LADDERS = (
    f"{{three}} {{other}} --data {{data}} {PAIRS} --report {{out}}/a.html --json {{out}}/a.json"
)


# command: its rows, and what of its result must be the same beside its files
KILLED = {
    "fractaldream render": (INVOCATIONS["fractaldream render"], RENDERED),
    "fractaldream publish": (INVOCATIONS["fractaldream publish"], ()),
    "fractaldream train": (
        [row.replace("--epochs 1", "--epochs 3") for row in INVOCATIONS["fractaldream train"]],
        ("epochs", "best_epoch", "best"),
    ),
    "fractaldream sweep run": (
        [row.replace("--trials 1", "--trials 2") for row in INVOCATIONS["fractaldream sweep run"]],
        ("complete", "failed", "best_trial", "best"),
    ),
    "evalkit clean apply": (INVOCATIONS["evalkit clean apply"], ("kept", "left_out", "classes")),
    "evalkit correspond": ([LADDERS], ("generators", "across")),
}
ROWS = [(name, row, -(-KILLS // len(rows))) for name, (rows, _) in KILLED.items() for row in rows]


@dataclass
class Trial:
    """One command that is killed, in a place and with a cache folder of its own.

    Parameters
    ----------
    place
        Where it runs.
    """

    place: Place

    def begin(self):
        """Start the command anew; return its process number."""
        shutil.rmtree(self.place.out, ignore_errors=True)
        self.place.made()
        if self.kept.exists():
            shutil.copytree(self.kept, self.cache, symlinks=True)
        else:
            new_cache(self.cache)
        return self.start()

    def keep(self):
        """Let later runs find what is computed once: features, the inverse renderer, nulls."""
        shutil.copytree(self.cache, self.kept, symlinks=True)

    @property
    def kept(self):
        return self.place.folder / "kept"

    @property
    def cache(self):
        return self.place.out / "cache"

    @property
    def json(self):
        """The file that the command writes its result to; None: stdout."""
        return self.place.out / "a.json" if "--json" in self.place.row else None

    def start(self, *more):
        environment = {"FRACTALDREAM_CACHE": str(self.cache)}
        return self.place.start(*([] if self.json else ["--json"]), *more, environment=environment)

    def complete(self):
        """Run the command again, with --resume where it asks for that, and return its result."""
        done = self.place.wait(self.start(), LONGEST)
        if done.status == 2 and "--resume" in done.err:
            done = self.place.wait(self.start("--resume"), LONGEST)
        return self.result(done)

    def result(self, done):
        """Return what must be the same after a command has ended well."""
        there = self.json and "exists; choose another name" in done.err  # it was complete
        assert there or done.status == WELL.get(self.place.name, 0), done.err
        check_whole(self.place.out)
        assert unfinished(self.place.out) == []
        values = strict(self.json.read_text(encoding="utf-8") if self.json else done.out)
        kept = {name: values[name] for name in KILLED[self.place.name][1]}
        if self.place.name == "fractaldream publish" and "kaggle" in self.place.row:
            staged = {p.name: p.read_bytes() for p in (self.place.out / "a").iterdir()}
            staged.pop("dataset-metadata.json")  # read by the client, not sent
            assert self.place.stock.site.entries[SENT].versions == [staged]
        return kept | dict(self.files())

    def files(self):
        """Yield names and what must be the same of files, times aside."""
        name, out = self.place.name, self.place.out
        for path in sorted(path for path in out.rglob("*") if path.is_file()):
            inner = path.relative_to(out)
            if inner.parts[0] == "cache":
                continue
            if name in ("fractaldream publish", "evalkit clean apply") and path.suffix != ".h5":
                yield str(inner), digest(path.read_bytes())
            elif name == "fractaldream train" and path.suffix == ".pt":
                state = torch.load(path, weights_only=True).get("state_dict", {})
                yield str(inner), {key: digest(value.numpy()) for key, value in state.items()}


def digest(content):
    return hashlib.sha256(content).hexdigest()


def runs_until(number, moment):
    """Wait until a process has used so many seconds of the processor; return those at its end."""
    state, used = Path(f"/proc/{number}/stat"), 0.0
    while used < moment and state.read_text().rpartition(")")[2].split()[0] != "Z":
        used = time.clock_gettime((~number << 3) | 2)  # the clock of that process
        time.sleep(0.001)
    return used


@pytest.mark.parametrize(
    ("name", "row", "number"), ROWS, ids=[f"{name} {i}" for i, (name, *_) in enumerate(ROWS, 1)]
)
def test_killed_at_any_moment(stock, name, row, number):
    place = Place(stock, name, row, stock.folder / "place")
    trial, kills, rng = Trial(place), 0, np.random.default_rng(0)
    try:
        process = trial.begin()
        expected = trial.result(place.wait(process, LONGEST))
        trial.keep()
        process = trial.begin()
        seconds = runs_until(process, np.inf)
        assert trial.result(place.wait(process, LONGEST)) == expected
        for _ in range(3 * number):
            if kills == number:
                break
            process, moment = trial.begin(), rng.uniform(0, seconds)
            runs_until(process, moment)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process, signal.SIGKILL)
            done = place.wait(process)
            check_whole(place.out)
            if done.status == -signal.SIGKILL:
                kills += 1
                assert trial.complete() == expected, moment
                print(f"{name}: kill {kills} at {moment:.3f} of {seconds:.3f} s", flush=True)
            else:  # it was faster
                assert trial.result(done) == expected, moment
        assert kills == number
    finally:
        shutil.rmtree(place.folder)
