"""What a run comes to."""

from dataclasses import dataclass


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

    def __str__(self) -> str:
        return (
            f"{self.checkpoint}: epoch {self.best_epoch} of {self.epochs}\n"
            f"  chosen by {self.chosen_by}: {self.best:.4g}, the last epoch has {self.last:.4g}\n"
            f"  {self.images_per_second:,.0f} images/s"
        )
