"""Rows of a long measurement, written as they are done, so that an interrupted one goes on."""

import json
from pathlib import Path
from typing import Any


class KeptRows:
    """Rows by key, in a file of one JSON row per line; without a file, in memory alone.

    A key names all that the values depend on. A line that an interruption cut short is left out.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._rows: dict[str, Any] = {}
        for line in path.read_text().splitlines() if path is not None and path.exists() else ():
            try:
                key, values = json.loads(line)
            except ValueError:
                continue
            self._rows[json.dumps(key)] = values

    def __contains__(self, key: list[Any]) -> bool:
        return json.dumps(key) in self._rows

    def __getitem__(self, key: list[Any]) -> Any:
        return self._rows[json.dumps(key)]

    def add(self, key: list[Any], values: Any) -> None:
        """Write a row."""
        self._rows[json.dumps(key)] = values
        if self.path is not None:
            with self.path.open("a") as file:
                file.write("\n" * self._cut_short() + json.dumps([key, values]) + "\n")

    def _cut_short(self) -> bool:
        """Return whether the last line has no end."""
        if self.path is None or not self.path.exists() or not self.path.stat().st_size:
            return False
        with self.path.open("rb") as file:
            file.seek(-1, 2)
            return file.read(1) != b"\n"
