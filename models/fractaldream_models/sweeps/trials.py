"""The trials of a study: claimed, trained, pruned, taken up again after a death, replicated."""

import shutil
import socket
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.locks import Busy, locked_folder
from fractaldream_models.settings import Settings
from fractaldream_models.training.options import Callbacks, TrainOptions
from fractaldream_models.training.results import TrainResult
from fractaldream_models.training.run_folder import Run
from fractaldream_models.training.trainer import train

from .options import SweepOptions
from .storage import Unreachable, optuna, reaching
from .trial_settings import TrialSettings

if TYPE_CHECKING:
    from optuna import Study, Trial
    from optuna.trial import FrozenTrial

DEATHS = 3  # a trial that has died so often is not taken up again
YOUNG = timedelta(minutes=1)  # a trial without a folder may be about to make it


class Trials:
    """The trials of a study, as this process claims and trains them.

    Parameters
    ----------
    source
        The data.
    settings
        The settings of each trial.
    study
        The study in the storage.
    figure
        Name of the figure that trials are compared by.
    options
        Seeds, finalists, folder and device.
    log
        Function that gets a line for each trial.
    """

    def __init__(
        self,
        source: str,
        settings: TrialSettings,
        study: "Study",
        figure: str,
        options: SweepOptions,
        log: Callable[[str], None],
    ) -> None:
        self.source, self.settings, self.study, self.figure = source, settings, study, figure
        self.options, self.log = options, log
        self.out = options.folder

    def folder(self, number: int) -> Path:
        """Return the folder of the runs of a trial."""
        return self.out / f"{number:04d}"

    def claim(self) -> "AbstractContextManager[Trial] | None":
        """Return a context that holds a trial to train, or None when there are enough.

        A trial whose process died comes before a new one.
        """
        module = optuna()
        with locked_runs(self.out, wait=True):
            for frozen in self.study.get_trials(states=(module.trial.TrialState.RUNNING,)):
                if (trial := self._take_up(frozen)) is not None:
                    return trial
            number = len(self.study.get_trials(deepcopy=False))
            if number >= self.options.trials:
                return None
            # drawn from the seed and what is known, not from how often a process was started
            self.study.sampler = module.samplers.TPESampler(
                seed=self.options.seed + number, constant_liar=True, n_startup_trials=10
            )
            new_trial = self.study.ask()
            new_trial.set_user_attr("where", self._where())
            stack = ExitStack()
            stack.enter_context(locked_runs(self.folder(new_trial.number)))
            self._draw(new_trial)
            return _holding(stack, new_trial)

    def _take_up(self, frozen: "FrozenTrial") -> "AbstractContextManager[Trial] | None":
        """Return a running trial whose process has died, or None where it lives or died often."""
        if not self._is_visible(frozen):
            return None
        module, stack = optuna(), ExitStack()
        try:
            stack.enter_context(locked_runs(self.folder(frozen.number)))
        except Busy:
            return None
        trial = module.trial.Trial(self.study, frozen._trial_id)
        deaths = frozen.user_attrs.get("deaths", 0) + 1
        trial.set_user_attr("deaths", deaths)
        if deaths > DEATHS:
            trial.set_user_attr("why", f"its process died {deaths} times")
            self.study.tell(trial, state=module.trial.TrialState.FAIL)
            stack.close()
            return None
        self.log(f"trial {frozen.number}: taken up again")
        return _holding(stack, trial)

    def _where(self) -> str:
        """Return this machine and the folder of the runs."""
        return f"{socket.gethostname()}:{self.out.resolve()}"

    def _is_visible(self, frozen: "FrozenTrial") -> bool:
        """Return whether this process sees the folder of a trial, and so whether it lives."""
        if self.folder(frozen.number).is_dir():
            return True
        where = frozen.user_attrs.get("where")
        if where is None:
            assert frozen.datetime_start is not None
            return datetime.now() - frozen.datetime_start > YOUNG
        out: bool = where == self._where()
        return out

    def _draw(self, trial: "Trial") -> dict[str, Any]:
        """Return the values of a trial, drawn once."""
        return {key: entry.draw(trial, key) for key, entry in self.settings.space.items()}

    def run(self, trial: "Trial") -> None:
        """Train a trial to its end and tell the study: complete, pruned, or failed and why."""
        module, name = optuna(), f"trial {trial.number}"
        states = module.trial.TrialState
        try:
            result = self._train(
                trial.number, self._draw(trial), self.options.seed, self._reporter(trial)
            )
        except module.TrialPruned:
            self.study.tell(trial, state=states.PRUNED)
            rows = Run(self._run(trial.number, self.options.seed)).rows()
            self.log(f"{name}: pruned, {self.figure} {rows[-1][self.figure]:.5g}")
        except Unreachable:
            raise
        except BadInput as error:
            trial.set_user_attr("why", str(error))
            self.study.tell(trial, state=states.FAIL)
            self.log(f"{name}: failed: {error}")
        else:
            trial.set_user_attr("best_epoch", result.best_epoch)
            self.study.tell(trial, result.best)
            self.log(f"{name}: {self.figure} {result.best:.5g}, epoch {result.best_epoch}")

    def _reporter(self, trial: "Trial") -> Callable[[dict[str, Any]], None]:
        """Return a function that reports each epoch to the study, and ends a pruned trial."""
        reported = set(self.study.get_trials(deepcopy=False)[trial.number].intermediate_values)
        epochs = self.settings.requested.settings.epochs

        def report(row: dict[str, Any]) -> None:
            with reaching(self.options.storage):
                if row["epoch"] not in reported:
                    trial.report(row[self.figure], row["epoch"])
                if row["epoch"] < epochs and trial.should_prune():
                    raise optuna().TrialPruned

        return report

    def _run(self, number: int, seed: int) -> Path:
        """Return the run folder of a trial with a seed."""
        return self.folder(number) / f"seed-{seed}"

    def _train(
        self,
        number: int,
        values: Mapping[str, Any],
        seed: int,
        on_epoch: Callable[[dict[str, Any]], None] | None = None,
    ) -> TrainResult:
        """Train a trial with a seed, or go on with its training."""
        run = Run(self._run(number, seed))
        if not run.features.exists():
            run.folder.mkdir(parents=True, exist_ok=True)
            _copy(self.out / "features.pt", run.features)
        settings, o = self.settings.of_trial(values), self.options
        if run.begun:
            check_same_settings(run, settings)
        options = TrainOptions(
            resume=run.begun,
            seed=seed,
            root=o.root,
            second=o.second,
            device=o.device,
            threads=o.threads,
        )
        callbacks = Callbacks(on_trouble=lambda line: self.log(f"trial {number}: {line}"))
        if on_epoch is not None:
            callbacks = replace(callbacks, on_epoch=on_epoch)
        return train(self.source, run.folder, settings, options=options, callbacks=callbacks)

    def replicate(self) -> None:
        """Train the best trials again with other seeds; the last process to end does it."""
        states = optuna().trial.TrialState
        trials = self.study.get_trials(deepcopy=False)
        if any(t.state == states.RUNNING for t in trials):
            self.log("other processes still train; the last of them trains the finalists")
            return
        complete = [t for t in trials if t.state == states.COMPLETE]
        best = sorted(complete, key=lambda t: (t.value, t.number))[: self.options.finalists]
        first = self.options.seed
        for seed in range(first + 1, first + self.options.seeds):
            for trial in best:
                self._replicate(trial, seed)

    def _replicate(self, trial: "FrozenTrial", seed: int) -> None:
        """Train a finalist with another seed, unless this is done or another process does it."""
        key = f"replicate {trial.number} {seed}"
        if key in self.study.user_attrs:
            return
        try:
            result = self._train(trial.number, trial.params, seed)
        except Busy:
            return
        except BadInput as error:
            self.study.set_user_attr(key, {"why": str(error)})
            self.log(f"trial {trial.number}, seed {seed}: failed: {error}")
            return
        self.study.set_user_attr(key, {"best": result.best})
        self.log(f"trial {trial.number}, seed {seed}: {self.figure} {result.best:.5g}")


def locked_runs(folder: Path, *, wait: bool = False) -> AbstractContextManager[None]:
    """Hold the lock of a folder that several processes write; Raises BadInput, or Busy."""
    message = f"{folder}: another process trains there; wait for it or give another --out"
    return locked_folder(folder, message, wait=wait, required=True)


def check_same_settings(run: Run, settings: Settings) -> None:
    """Check that a run of a trial has the settings of that trial. Raises BadInput."""
    stored = run.record()["settings"]
    from_data = {"size", "channels", "batch"}
    for key, value in asdict(settings).items():
        if key not in from_data and stored.get(key, value) != value:
            raise BadInput(
                f"{run.folder}: was trained with {key}={stored[key]}, not {value}; give another "
                "--out"
            )


@contextmanager
def _holding(stack: ExitStack, trial: "Trial") -> Iterator["Trial"]:
    """Give a trial, and release the lock of its folder in the end."""
    with stack:
        yield trial


def _copy(source: Path, target: Path) -> None:
    """Copy a file, beside and renamed."""
    with replacing(target) as beside:
        shutil.copyfile(source, beside)
