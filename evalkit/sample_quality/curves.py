"""D(x) and D(G(z)) by epoch, as the folder of a run records them."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

METRICS = "metrics.jsonl"


@dataclass(frozen=True)
class DiscriminatorCurves:
    """Mean of D(x) and D(G(z)) by epoch of a run, with standard deviations.

    Attributes
    ----------
    epochs
        The epochs that were recorded.
    real, real_sd
        D of training images.
    generated, generated_sd
        D of generated images.
    troubles
        Warnings of the training.
    chosen
        Epoch of the checkpoint.
    """

    epochs: tuple[int, ...]
    real: tuple[float, ...]
    real_sd: tuple[float, ...]
    generated: tuple[float, ...]
    generated_sd: tuple[float, ...]
    troubles: tuple[str, ...]
    chosen: int | None

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DiscriminatorCurves":
        """Return the curves that JSON holds as lists."""
        lists = {name: tuple(value) for name, value in values.items() if name != "chosen"}
        return cls(**lists, chosen=values["chosen"])


def read_metrics(checkpoint: str | Path) -> list[dict[str, Any]]:
    """Return the epochs of the metrics.jsonl beside a checkpoint, up to a line that was cut short.

    There are none where there is no such file.
    """
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


def discriminator_curves(
    rows: list[dict[str, Any]], chosen: int | None = None
) -> DiscriminatorCurves | None:
    """Return the curves in the rows of a run.

    None for models without a discriminator on images.
    """
    rows = [row for row in rows if "d_real_mean" in row and "d_fake_mean" in row]
    if not rows:
        return None

    def column(name: str, factor: str = "") -> tuple[float, ...]:
        return tuple(
            float(row[name]) * (float(row.get(factor, 0.0)) if factor else 1.0) for row in rows
        )

    return DiscriminatorCurves(
        epochs=tuple(int(row["epoch"]) for row in rows),
        real=column("d_real_mean"),
        real_sd=column("d_real_mean", "d_real_cv"),
        generated=column("d_fake_mean"),
        generated_sd=column("d_fake_mean", "d_fake_cv"),
        troubles=tuple(str(line) for row in rows for line in row.get("troubles", ())),
        chosen=chosen,
    )
