"""The work of the first process at the end of an epoch: judge it, and write its files."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict
from typing import Any

from fractaldream_models import checkpoint
from fractaldream_models.data.tensors import Data
from fractaldream_models.evaluation import held_out
from fractaldream_models.evaluation.sample_quality import features_of
from fractaldream_models.model import Model
from fractaldream_models.pictures import to_bytes, write_grid
from fractaldream_models.settings import Settings

from .choice import Candidate, choose
from .console import Console
from .generator_average import evaluated
from .monitor import require_finite
from .options import Callbacks
from .run_folder import Run, copy
from .state import TrainingState

GRID = 64  # samples of a grid
CURVES_EVERY = 10  # epochs between two pictures of the curves


class EpochRecorder:
    """Judge each epoch on held-out images and write its files.

    Parameters
    ----------
    run
        The folder of the run; rows of epochs that will be trained again are removed.
    settings
        The resolved settings.
    data
        The images, on the device of the model.
    seed
        Seed of the features and of the samples.
    callbacks
        Functions that are called with the row of each epoch.
    console
        Shows each epoch.
    epoch
        Number of complete epochs.
    """

    def __init__(
        self,
        run: Run,
        settings: Settings,
        data: Data,
        *,
        seed: int,
        callbacks: Callbacks,
        console: Console,
        epoch: int,
    ) -> None:
        self.run, self.settings, self.data = run, settings, data
        self.seed, self.callbacks, self.console = seed, callbacks, console
        from torch.utils.tensorboard import SummaryWriter

        run.truncate(epoch)
        features = features_of(data, run.features, seed=seed, progress=console.visible)
        self.held_out = held_out.hold_out(data, features)
        self.writer = SummaryWriter(str(run.folder), purge_step=epoch + 1)

    def record(
        self,
        state: TrainingState,
        row: dict[str, Any],
        autocast: Callable[[], AbstractContextManager[Any]],
    ) -> None:
        """Add the held-out figures to the row of an epoch, and write the files of the epoch.

        state.pt comes last, since it makes the epoch complete.

        Raises
        ------
        BadInput
            If a figure is not finite, in which case nothing is written.
        """
        run, epoch = self.run, state.epoch
        require_finite(row, epoch)
        with evaluated(state.model, state.average) as model, autocast():
            figures = held_out.figures(model, self.data, self.held_out, self.seed)
            row |= figures.row
            require_finite(row, epoch)
            row["troubles"] = state.monitor.check(epoch, row)
            chosen = self._choose(state, figures)
            self._save(model, state, row)
            grid = held_out.grid(model, self.data, self.held_out, GRID, self.seed)
        self._show(state, row)
        write_grid(to_bytes(grid, (0, 1), self.data.colours), run.grid(epoch))
        if chosen:
            copy(run.last, run.checkpoint)
        if epoch % self.settings.keep_every == 0:
            copy(run.last, run.epoch_checkpoint(epoch))
        run.log(row)
        if epoch % CURVES_EVERY == 0:
            self._draw_curves(state)
        state.write(run.state)
        for name, value in row.items():
            if isinstance(value, float):
                self.writer.add_scalar(name, value, epoch)
        self.writer.flush()
        self.callbacks.on_epoch(row)

    def _choose(self, state: TrainingState, figures: held_out.EpochFigures) -> bool:
        """Note in the state which epoch is chosen, and return whether it is this one."""
        name = self.console.figure
        candidate = Candidate(state.epoch, name, figures.row[name], figures.terms.get(name))
        state.choice, state.lowest = choose(state.choice, state.lowest, candidate)
        return state.choice.epoch == state.epoch

    def _show(self, state: TrainingState, row: dict[str, Any]) -> None:
        """Show the figures of the epoch, and what goes wrong."""
        assert state.choice is not None
        self.console.epoch(row, state.choice)
        for line in row["troubles"]:
            self.callbacks.on_trouble(line)

    def _draw_curves(self, state: TrainingState) -> None:
        """Draw losses.png."""
        assert state.choice is not None
        self.run.curves(state.choice.by, state.choice.epoch)

    def _save(self, model: Model, state: TrainingState, row: dict[str, Any]) -> None:
        """Write last.pt, with the figures of this epoch and the choice of the best."""
        assert state.choice is not None
        metrics = {name: value for name, value in row.items() if name != "images_per_second"}
        metrics["chosen"] = asdict(state.choice)
        checkpoint.save(model, self.run.last, data=self.data.facts or {}, metrics=metrics)

    def close(self, state: TrainingState) -> None:
        """Close the event file and draw the curves."""
        self.writer.close()
        self._draw_curves(state)
