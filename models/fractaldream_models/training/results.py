"""The result of a run."""

import shlex
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from fractaldream_base.data_frames import data_frame_class
from fractaldream_models.evaluation.held_out import figure_in_words

from .run_folder import Run

if TYPE_CHECKING:
    import pandas
    from matplotlib.figure import Figure


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
        This figure at the chosen and at the last epoch.
    lowest_epoch, lowest
        The epoch with the lowest figure, and this figure. A later epoch is chosen instead where
        the two differ by no more than `noise`.
    noise
        Standard error of the difference between the chosen and the lowest figure; None where they
        are those of one epoch.
    images_per_second
        Speed of the last epoch, training alone.
    checkpoint
        Path of the chosen model.
    next_commands
        Command lines that show or test the model.
    """

    run: str
    epochs: int
    best_epoch: int
    chosen_by: str
    best: float
    last: float
    lowest_epoch: int
    lowest: float
    noise: float | None
    images_per_second: float
    checkpoint: str
    next_commands: tuple[str, ...]

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

    def to_dataframe(self) -> "pandas.DataFrame":
        """Return losses and held-out figures for pandas, one row per epoch.

        Returns
        -------
        pandas.DataFrame
            The rows of `metrics.jsonl`, indexed by epoch.

        Raises
        ------
        BadInput
            If pandas is not installed.
        """
        return data_frame_class()(Run(self.run).rows()).set_index("epoch")

    def plot(self) -> "Figure":
        """Draw losses and held-out figures by epoch.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from fractaldream_models.pictures import curves_figure

        return curves_figure(Run(self.run).rows(), figure=self.chosen_by, chosen=self.best_epoch)

    def __str__(self) -> str:
        lines = [
            f"{self.checkpoint}: epoch {self.best_epoch} of {self.epochs}",
            f"  chosen by the {figure_in_words(self.chosen_by)}: {self.best:.5g}, lower is better",
        ]
        if self.noise is not None:
            lines += [
                f"  epoch {self.lowest_epoch} has {self.lowest:.5g}, which the held-out images "
                f"cannot tell from it (standard error {self.noise:.1g}): the later epoch is kept",
            ]
        if self.best_epoch != self.epochs:
            lines += [f"  last.pt: epoch {self.epochs}, which has {self.last:.5g}"]
        lines += [f"  {self.images_per_second:,.0f} images/s", "", "Next:"]
        return "\n".join([*lines, *(f"  {command}" for command in self.next_commands)])


def next_commands(
    run: str,
    checkpoint: str,
    source: str,
    root: str | None,
    *,
    encodes: bool = False,
    maps: bool = False,
    translates: bool = False,
) -> tuple[str, ...]:
    """Return command lines that show or test the model of a run.

    Parameters
    ----------
    run, checkpoint, source, root
        The run folder, the checkpoint, the data and the folder of MNIST, if one was given.
    encodes
        Whether the model has an encoder.
    maps
        Whether `evalkit correspond` can be asked: the images are as they were rendered from
        parameters, not resized, and latents can stand for these.
    translates
        Whether the model translates images.
    """
    run, path, data = (shlex.quote(text) for text in (run, checkpoint, source))
    root_option = "" if root is None else f" --root {shlex.quote(str(root))}"
    if translates:
        return (f"fractaldream translate {path} {data}{root_option}", f"tensorboard --logdir {run}")
    commands = [f"fractaldream sample {path}"]
    if encodes:
        commands.append(f"fractaldream reconstruct {path} {data}{root_option}")
    if maps:
        commands.append(f"evalkit correspond {path}")
    return (*commands, f"tensorboard --logdir {run}")
