"""decisions.csv: what a person decided about pixels, so that it holds on anyone's copy."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.errors import BadInput

FIELDS = ("sha256", "decision", "reason", "path")
KEY = re.compile(r"((file|path):)?[0-9a-f]{64}")


@dataclass(frozen=True)
class Decision:
    """One image, kept or dropped. key is as in `scan.Reading`; path is for the reader only."""

    key: str
    drop: bool
    reason: str
    path: str


def read_decisions(path: str | Path) -> dict[str, Decision]:
    """By key; of two decisions about the same pixels the later holds. Raises BadInput."""
    try:
        with Path(path).open(encoding="utf-8-sig", newline="") as file:
            rows = csv.DictReader(file)
            missing = {"sha256", "decision"} - set(rows.fieldnames or ())
            if missing:
                raise BadInput(
                    f"{path}: no column {' or '.join(sorted(missing))}; "
                    "give the decisions.csv that the page saved"
                )
            decided = {}
            for row in rows:
                key, decision = row["sha256"] or "", row["decision"] or ""
                if not KEY.fullmatch(key) or decision not in ("keep", "drop"):
                    raise BadInput(
                        f"{path}, line {rows.line_num}: {key[:80]!r}, {decision[:20]!r}; give a "
                        "SHA-256 and keep or drop"
                    )
                drop = decision == "drop"
                decided[key] = Decision(key, drop, row.get("reason") or "", row.get("path") or "")
            return decided
    except OSError as error:
        raise BadInput(
            f"{path}: {(error.strerror or 'unreadable').lower()}; give decisions.csv"
        ) from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise BadInput(f"{path}: not a CSV file in UTF-8; give the one the page saved") from error
