"""What a run folder says of its training: D(x) and D(G(z)) by epoch."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class Verdicts:
    """Mean of D(x) and D(G(z)), each with its standard deviation, by epoch of the run.

    troubles: what the training's watch said. chosen: the epoch of the checkpoint.
    """

    epochs: tuple[int, ...]
    real: tuple[float, ...]
    real_sd: tuple[float, ...]
    generated: tuple[float, ...]
    generated_sd: tuple[float, ...]
    troubles: tuple[str, ...]
    chosen: int | None


def rows_of(checkpoint: str | Path) -> list[dict[str, Any]]:
    """The epochs of the metrics.jsonl beside a checkpoint; none where there is no such file, and
    up to a line that was cut short."""
    path = Path(checkpoint).parent / METRICS
    if not path.is_file():
        return []
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            row = json.loads(line)
        except json.JSONDecodeError:
            break
        if not isinstance(row, dict) or "epoch" not in row:
            break
        rows.append(row)
    return rows


def verdicts(rows: list[dict[str, Any]], chosen: int | None = None) -> Verdicts | None:
    """D's verdicts in the rows of a run; None for kinds without a discriminator on images."""
    rows = [row for row in rows if "d_real_mean" in row and "d_fake_mean" in row]
    if not rows:
        return None

    def column(name: str, by: str = "") -> tuple[float, ...]:
        return tuple(float(row[name]) * (float(row.get(by, 0.0)) if by else 1.0) for row in rows)

    return Verdicts(
        epochs=tuple(int(row["epoch"]) for row in rows),
        real=column("d_real_mean"),
        real_sd=column("d_real_mean", "d_real_cv"),
        generated=column("d_fake_mean"),
        generated_sd=column("d_fake_mean", "d_fake_cv"),
        troubles=tuple(str(line) for row in rows for line in row.get("troubles", ())),
        chosen=chosen,
    )
