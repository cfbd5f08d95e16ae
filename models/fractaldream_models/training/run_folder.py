"""The folder of a run: the names of its files, run.json and metrics.jsonl."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.locks import locked_folder
from fractaldream_base.opening import reason_of
from fractaldream_base.strict_json import json_text, plain
from fractaldream_models.pictures import write_curves


class Run:
    """Paths and rows of one run; every file is written beside and renamed."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder)
        self.checkpoint = self.folder / "ckpt.pt"
        self.last = self.folder / "last.pt"
        self.state = self.folder / "state.pt"
        self.features = self.folder / "features.pt"
        self._metrics = self.folder / "metrics.jsonl"
        self._record = self.folder / "run.json"

    def epoch_checkpoint(self, epoch: int) -> Path:
        """Return the path of the checkpoint of an epoch that is kept."""
        return self.folder / f"epoch-{epoch:04d}.pt"

    def grid(self, epoch: int) -> Path:
        """Return the path of the samples of an epoch."""
        return self.folder / "samples" / f"epoch-{epoch:04d}.png"

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Keep other processes out of the folder. Raises Busy where one is at work there."""
        message = f"{self.folder}: another process trains there; wait for it or give another --out"
        with locked_folder(self.folder, message):
            yield

    @property
    def begun(self) -> bool:
        """Return whether a run is there, to be resumed."""
        return self._record.exists()

    def begin(self, record: dict[str, Any]) -> None:
        """Create the folder and write run.json. Raises BadInput where a run is there."""
        if self.begun:
            raise BadInput(f"{self.folder}: holds a run; add --resume or give another --out")
        (self.folder / "samples").mkdir(parents=True, exist_ok=True)
        self._write(self._record, json_text(record) + "\n")

    def record(self) -> dict[str, Any]:
        """Return what run.json holds. Raises BadInput."""
        try:
            out: dict[str, Any] = json.loads(self._record.read_text(encoding="utf-8"))
            return out
        except FileNotFoundError as error:
            raise BadInput(f"{self.folder}: no run to resume; leave --resume out") from error
        except OSError as error:
            reason, mend = reason_of(error)
            raise BadInput(f"{self._record}: {reason}; {mend}") from error
        except ValueError as error:  # no JSON, or no text
            raise BadInput(
                f"{self._record}: damaged, not JSON; copy it again, or begin another run with "
                "another --out"
            ) from error

    def stored(self, name: str) -> Any:
        """Return a value of run.json, or None where there is none."""
        try:
            return self.record().get(name)
        except BadInput:
            return None

    def extend(self, record: dict[str, Any]) -> None:
        """Write run.json again, for more epochs."""
        self._write(self._record, json_text(record) + "\n")

    def rows(self) -> list[dict[str, Any]]:
        """Return the epochs of metrics.jsonl; a line cut short by a kill is left out."""
        if not self._metrics.exists():
            return []
        rows = []
        for line in self._metrics.read_text(encoding="utf-8").splitlines():
            try:
                rows.append(json.loads(line))
            except json.JSONDecodeError:
                break
        return rows

    def truncate(self, epoch: int) -> None:
        """Remove the rows after that epoch, which will be trained again."""
        rows = [row for row in self.rows() if row["epoch"] <= epoch]
        self._write(self._metrics, "".join(map(_line, rows)))

    def log(self, row: dict[str, Any]) -> None:
        """Append the row of an epoch."""
        with self._metrics.open("a", encoding="utf-8") as file:
            file.write(_line(row))

    def curves(self, figure: str, chosen: int) -> None:
        """Draw losses.png from all rows, with the figure that has chosen that epoch."""
        write_curves(self.rows(), self.folder / "losses.png", figure=figure, chosen=chosen)

    @staticmethod
    def _write(path: Path, text: str) -> None:
        with replacing(path) as beside:
            beside.write_text(text, encoding="utf-8")


def copy(source: Path, target: Path) -> None:
    """Copy a checkpoint just written, beside and renamed."""
    with replacing(target) as beside:
        shutil.copyfile(source, beside)


def _line(row: dict[str, Any]) -> str:
    """Return a row of metrics.jsonl: strict JSON, in which a figure that is not finite is null."""
    return json.dumps(plain(row), allow_nan=False) + "\n"
