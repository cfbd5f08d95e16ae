"""The folder of a run: what is written there, and what a resumed run reads back."""

import errno
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from fractaldream_models.errors import BadInput
from fractaldream_models.pictures import write_curves
from fractaldream_models.settings import Settings, override

TROUBLES = "troubles"  # key of a row of metrics.jsonl: lines of the watch


class Busy(BadInput):
    """Another process holds the folder."""


@contextmanager
def held(folder: Path, *, wait: bool = False, needed: bool = False) -> Iterator[None]:
    """Hold a folder, which is made, against other processes. Raises Busy, unless it shall wait.

    A killed process leaves no lock behind; a file system without locks is used without, or where
    a lock is needed refused by BadInput.
    """
    try:
        import fcntl
    except ImportError:  # Windows, where an open file cannot be replaced anyway
        yield
        return
    folder.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            os.close(descriptor)
            raise Busy(
                f"{folder}: another process trains there; wait for it or give another --out"
            ) from None
        if needed:
            os.close(descriptor)
            raise BadInput(
                f"{folder}: its file system knows no locks; choose another --out"
            ) from error
    try:
        yield
    finally:
        os.close(descriptor)


class Run:
    """Paths and rows of one run. Every file is written beside and renamed."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.checkpoint = self.folder / "ckpt.pt"
        self.last = self.folder / "last.pt"
        self.state = self.folder / "state.pt"
        self.features = self.folder / "features.pt"
        self._metrics = self.folder / "metrics.jsonl"
        self._record = self.folder / "run.json"

    def kept(self, epoch: int) -> Path:
        return self.folder / f"epoch-{epoch:04d}.pt"

    def grid(self, epoch: int) -> Path:
        return self.folder / "samples" / f"epoch-{epoch:04d}.png"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out of the folder. Raises Busy where one is at work there."""
        with held(self.folder):
            yield

    @property
    def begun(self) -> bool:
        """Whether a run is there, to be resumed."""
        return self._record.exists()

    def begin(self, record: dict[str, Any]) -> None:
        """Create the folder and write run.json. Raises BadInput where a run is there."""
        if self.begun:
            raise BadInput(f"{self.folder}: holds a run; add --resume or give another --out")
        (self.folder / "samples").mkdir(parents=True, exist_ok=True)
        self._write(self._record, json.dumps(record, indent=1) + "\n")

    def record(self) -> dict[str, Any]:
        """run.json. Raises BadInput."""
        try:
            return json.loads(self._record.read_text())
        except FileNotFoundError as error:
            raise BadInput(f"{self.folder}: no run to resume; leave --resume out") from error
        except json.JSONDecodeError as error:
            raise BadInput(f"{self._record}: not JSON; start the run again") from error

    def stored(self, name: str) -> Any:
        """A value of run.json, None where that is not there."""
        try:
            return self.record().get(name)
        except BadInput:
            return None

    def extend(self, record: dict[str, Any]) -> None:
        """Write run.json again, with more epochs."""
        self._write(self._record, json.dumps(record, indent=1) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """The epochs of metrics.jsonl; a line cut short by a kill is left out."""
        if not self._metrics.exists():
            return []
        rows = []
        for line in self._metrics.read_text().splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                break
        return rows

    def truncate(self, epoch: int) -> None:
        """Forget what was logged after that epoch: it is trained again."""
        kept = [row for row in self.rows() if row["epoch"] <= epoch]
        self._write(self._metrics, "".join(json.dumps(row) + "\n" for row in kept))

    def log(self, row: dict[str, Any]) -> None:
        """Append one epoch."""
        with self._metrics.open("a") as file:
            file.write(json.dumps(row) + "\n")

    def curves(self) -> None:
        """losses.png from all rows."""
        if rows := self.rows():
            write_curves(rows, self.folder / "losses.png")

    @staticmethod
    def _write(path: Path, text: str) -> None:
        beside = path.with_name(path.name + ".part")
        beside.write_text(text)
        beside.replace(path)


def copy(source: Path, target: Path) -> None:
    """A second name for a checkpoint just written, beside and renamed."""
    beside = target.with_name(target.name + ".part")
    shutil.copyfile(source, beside)
    beside.replace(target)


MAY_CHANGE = ("epochs", "lr_e", "lr_g", "lr_d")  # when a run goes on


def check_resumed(record: dict[str, Any], source: str, seed: int | None, precision: str) -> None:
    """Refuse to go on with another source, seed or precision than the run has. Raises BadInput."""
    named = Path(source), Path(record["source"])
    same = source == record["source"] or (
        all(path.exists() for path in named) and named[0].samefile(named[1])
    )
    if not same:
        raise BadInput(f"--resume: the run learns from {record['source']}, not {source}")
    for name, asked, free in (("seed", seed, None), ("precision", precision, "auto")):
        if asked not in (free, record.get(name)):
            raise BadInput(f"--resume: the run has {name} {record.get(name)}, not {asked}")


def check_same_images(record: dict[str, Any], now: dict[str, Any]) -> None:
    """Refuse to go on with images that changed under their name. Raises BadInput."""
    if any(record.get(name) != now[name] for name in ("images", "content")):
        raise BadInput(
            f"{now['source']}: holds other images than the run learnt from; give those back, or "
            "begin another run with another --out"
        )


def resumed_settings(record: dict[str, Any], asked: Settings, given: set[str]) -> Settings:
    """The settings of the run on disk, with the epochs and learning rates that were given now.

    Nothing else may differ. Raises BadInput.
    """
    stored = override(Settings(), record["settings"])
    new = asdict(asked)
    for key in sorted(given - set(MAY_CHANGE)):
        if getattr(stored, key) != new[key]:
            raise BadInput(
                f"--resume: the run has {key}={getattr(stored, key)}, not {new[key]}; leave it out "
                f"(only {', '.join(MAY_CHANGE)} may change)"
            )
    return override(stored, {key: new[key] for key in MAY_CHANGE if key in given})
