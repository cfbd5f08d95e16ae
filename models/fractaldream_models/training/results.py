"""What a run comes to."""

import json
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class TrainResult:
    """The result of a run.

    Attributes
    ----------
    run
        The run folder.
    epochs
        Number of epochs trained.
    best_epoch
        The epoch whose model is in `checkpoint`.
    chosen_by
        Name of the held-out figure that chose it; lower is better.
    best, last
        This figure at the best and at the last epoch.
    images_per_second
        Speed of the last epoch, training alone.
    checkpoint
        Path of the best model.
    """

    run: str
    epochs: int
    best_epoch: int
    chosen_by: str
    best: float
    last: float
    images_per_second: float
    checkpoint: str

    def _repr_html_(self) -> str:
        rows = (
            ("checkpoint", self.checkpoint),
            ("epoch", f"{self.best_epoch} of {self.epochs}"),
            (f"{self.chosen_by}, best (lower is better)", f"{self.best:.4g}"),
            (f"{self.chosen_by}, last epoch", f"{self.last:.4g}"),
            ("speed", f"{self.images_per_second:,.0f} images/s"),
        )
        cells = "".join(f"<tr><th>{escape(a)}</th><td>{escape(b)}</td></tr>" for a, b in rows)
        return f"<table>{cells}</table>"

    def plot(self) -> Any:
        """Draw losses and held-out figures by epoch.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from fractaldream_models.pictures import curves_figure

        text = (Path(self.run) / "metrics.jsonl").read_text(encoding="utf-8")
        return curves_figure([json.loads(line) for line in text.splitlines()])

    def __str__(self) -> str:
        return (
            f"{self.checkpoint}: epoch {self.best_epoch} of {self.epochs}\n"
            f"  chosen by {self.chosen_by}: {self.best:.4g}, the last epoch has {self.last:.4g}\n"
            f"  {self.images_per_second:,.0f} images/s"
        )
