"""Many short trainings: drawn from a space, pruned, taken up again when they die, replicated."""

import json
import secrets
import shutil
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_models.data.tensors import Data
from fractaldream_models.errors import BadInput
from fractaldream_models.evaluation.held_out import chooser
from fractaldream_models.evaluation.sample_quality import features_of
from fractaldream_models.kinds import check_settings, defaults
from fractaldream_models.settings import Settings, override
from fractaldream_models.training.loop import TrainResult, train
from fractaldream_models.training.planning import images, memory, network, plan
from fractaldream_models.training.processes import open_fabric
from fractaldream_models.training.run_folder import Busy, Run, held

from .search_space import Choices, Space, networks, read_space
from .storage import Unreachable, open_storage, optuna, reaching

if TYPE_CHECKING:
    from optuna import Study, Trial

DEATHS = 3  # a trial that has died so often is not taken up again
YOUNG = timedelta(minutes=1)  # a trial without a folder may be about to make it


@dataclass(frozen=True)
class SweepResult:
    """What a storage holds when `sweep` has nothing left to do."""

    study: str
    storage: str
    out: str
    figure: str  # of held-out images, lower is better
    complete: int
    pruned: int
    failed: int
    running: int  # in other processes
    replicates: int  # of finalists, with other seeds, complete
    best_trial: int | None
    best: float | None


def sweep(
    source: str,
    space: str,
    settings: Settings,
    *,
    fixed: set[str] | None = None,
    storage: str,
    out: str | Path,
    trials: int,
    study: str = "sweep",
    root: str | None = None,
    seed: int = 0,
    device: str = "auto",
    prune: bool = True,
    finalists: int = 3,
    seeds: int = 3,
    tell: Callable[[str], None] = lambda line: print(line, file=sys.stderr),
) -> SweepResult:
    """Train until the study has so many trials, then the finalists with more seeds.

    Any number of processes may do this at a time with one storage and one folder `out`; each
    trial's runs lie in out/NUMBER/seed-SEED. Where the space varies `kind`, each kind has its own
    defaults but for the settings named in `fixed` (None: all are fixed). What died is taken up
    where its last complete epoch ended. Raises BadInput; what is complete is kept.
    """
    asked = read_space(space, settings)
    optuna()
    if fixed is None:
        fixed = {f.name for f in fields(Settings)}
    work = _Sweep(source, asked, settings, fixed, storage, Path(out), root, seed, device, tell)
    data = work.check(space)
    with reaching(storage):
        work.open(study, prune)
        work.agree_on_features(data)
        del data  # each trial reads the images itself
        while (claimed := work.claim(trials)) is not None:
            with claimed as trial:
                work.run(trial)
        work.replicate(finalists, seeds)
        return work.result()


@dataclass
class _Sweep:
    source: str
    space: Space
    settings: Settings
    fixed: set[str]
    storage: str
    out: Path
    root: str | None
    seed: int
    device: str
    tell: Callable[[str], None]

    def check(self, file: str) -> Data:
        """The images. Raises BadInput for what no trial could use, and for any network that the
        space file allows and that cannot be built, before anything is written."""
        first = self._settings(next(networks(self.space)))
        check_settings(first)
        data = images(self.source, first, self.root)
        for values in networks(self.space):
            try:
                network(self._settings(values), data)
            except BadInput as error:
                if not values:
                    raise
                told = ", ".join(f"{key}={value}" for key, value in values.items())
                raise BadInput(f"{file}: {told} cannot be built: {error}") from error
        plan(self.source, first, root=self.root, seed=self.seed, data=data)
        return data

    def open(self, name: str, prune: bool) -> None:
        """Create the study or join it. Raises BadInput where it is about something else."""
        module = optuna()
        opened = open_storage(self.storage, create=True)
        pruner = module.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=0)
        self.study: Study = module.create_study(
            storage=opened,
            study_name=name,
            direction="minimize",
            pruner=pruner if prune else module.pruners.NopPruner(),
            load_if_exists=True,
        )
        self.figure, _ = chooser(self.settings)
        kinds = self.space.get("kind")
        about = {
            "source": self.source,
            "settings": {kind: asdict(self._of_kind(kind)) for kind in kinds.choices}
            if isinstance(kinds, Choices)
            else asdict(self.settings),
            "space": {key: asdict(entry) for key, entry in self.space.items()},
            "figure": self.figure,
            "seed": self.seed,
        }
        about = json.loads(json.dumps(about))
        there = self.study.user_attrs.get("about")
        if there is None:
            self.study.set_user_attr("about", about)
            self.study.set_user_attr("out", str(self.out.resolve()))
        elif there != about:
            other = next(key for key in about if there.get(key) != about[key])
            raise BadInput(
                f"{self.storage}: study {name!r} was begun with another {other}; give what it "
                "was begun with, or another --study"
            )

    @property
    def features(self) -> Path:
        return self.out / "features.pt"

    def agree_on_features(self, data: Data) -> None:
        """Learn, once, what all trials and seeds look through: one yardstick, written first."""
        with held(self.out, wait=True, needed=True), memory(self.settings):
            if not self.features.exists():
                device = open_fabric(self.device, None, "auto", "auto").device
                features_of(data.to(device), self.features, seed=self.seed)

    def _of_kind(self, kind: str) -> Settings:
        """What does not vary, in a trial of that kind."""
        if kind == self.settings.kind:
            return self.settings
        kept = {key: getattr(self.settings, key) for key in self.fixed}
        return override(defaults(kind), kept | {"kind": kind})

    def _settings(self, values: dict[str, Any]) -> Settings:
        """Those of a trial that has these values."""
        return override(self._of_kind(values.get("kind", self.settings.kind)), values)

    def folder(self, number: int) -> Path:
        return self.out / f"{number:04d}"

    def claim(self, trials: int) -> "Any":
        """A context that gives a trial to train: one whose process died, else a new one; None
        when there are enough."""
        module = optuna()
        stack = ExitStack()
        with held(self.out, wait=True, needed=True):
            for frozen in self.study.get_trials(states=(module.trial.TrialState.RUNNING,)):
                if not self._here(frozen):
                    continue
                try:
                    stack.enter_context(held(self.folder(frozen.number), needed=True))
                except Busy:
                    continue
                trial = module.trial.Trial(self.study, frozen._trial_id)
                deaths = frozen.user_attrs.get("deaths", 0) + 1
                trial.set_user_attr("deaths", deaths)
                if deaths > DEATHS:
                    trial.set_user_attr("why", f"its process died {deaths} times")
                    self.study.tell(trial, state=module.trial.TrialState.FAIL)
                    stack.close()
                    continue
                self.tell(f"trial {frozen.number}: taken up again")
                return _given(stack, trial)
            number = len(self.study.get_trials(deepcopy=False))
            if number >= trials:
                return None
            # drawn from the seed and what is known, not from how often a process was started
            self.study.sampler = module.samplers.TPESampler(
                seed=self.seed + number, constant_liar=True, n_startup_trials=10
            )
            trial = self.study.ask()
            trial.set_user_attr("where", self._where())
            stack.enter_context(held(self.folder(trial.number), needed=True))
            self._draw(trial)
            return _given(stack, trial)

    def _where(self) -> str:
        return f"{socket.gethostname()}:{self.out.resolve()}"

    def _here(self, frozen: Any) -> bool:
        """Whether this process sees the folder of that trial, and so whether the trial lives."""
        if self.folder(frozen.number).is_dir():
            return True
        where = frozen.user_attrs.get("where")
        if where is None:
            return datetime.now() - frozen.datetime_start > YOUNG
        return where == self._where()

    def _draw(self, trial: "Trial") -> dict[str, Any]:
        return {key: entry.draw(trial, key) for key, entry in self.space.items()}

    def run(self, trial: "Trial") -> None:
        """Train a trial to its end and tell the study: complete, pruned, or failed and why."""
        module = optuna()
        states = module.trial.TrialState
        reported = set(self.study.get_trials(deepcopy=False)[trial.number].intermediate_values)

        def each_epoch(row: dict[str, Any]) -> None:
            with reaching(self.storage):
                if row["epoch"] not in reported:
                    trial.report(row[self.figure], row["epoch"])
                if row["epoch"] < self.settings.epochs and trial.should_prune():
                    raise module.TrialPruned

        name = f"trial {trial.number}"
        try:
            result = self._train(trial.number, self._draw(trial), self.seed, each_epoch)
        except module.TrialPruned:
            self.study.tell(trial, state=states.PRUNED)
            rows = Run(self._run(trial.number, self.seed)).rows()
            self.tell(f"{name}: pruned, {self.figure} {rows[-1][self.figure]:.5g}")
        except Unreachable:
            raise
        except BadInput as error:
            trial.set_user_attr("why", str(error))
            self.study.tell(trial, state=states.FAIL)
            self.tell(f"{name}: failed: {error}")
        else:
            trial.set_user_attr("best_epoch", result.best_epoch)
            self.study.tell(trial, result.best)
            self.tell(f"{name}: {self.figure} {result.best:.5g}, epoch {result.best_epoch}")

    def _run(self, number: int, seed: int) -> Path:
        return self.folder(number) / f"seed-{seed}"

    def _train(
        self,
        number: int,
        values: dict[str, Any],
        seed: int,
        each_epoch: Callable[[dict[str, Any]], None] | None = None,
    ) -> TrainResult:
        run = Run(self._run(number, seed))
        if not run.features.exists():
            run.folder.mkdir(parents=True, exist_ok=True)
            _copy(self.features, run.features)
        return train(
            self.source,
            run.folder,
            self._settings(values),
            root=self.root,
            seed=seed,
            device=self.device,
            resume=run.begun,
            each_epoch=each_epoch,
        )

    def replicate(self, finalists: int, seeds: int) -> None:
        """Train the best trials again with other seeds; the last process to end does it."""
        states = optuna().trial.TrialState
        trials = self.study.get_trials(deepcopy=False)
        if any(t.state == states.RUNNING for t in trials):
            self.tell("other processes still train; the last of them trains the finalists")
            return
        complete = [t for t in trials if t.state == states.COMPLETE]
        best = sorted(complete, key=lambda t: (t.value, t.number))[:finalists]
        for seed in range(self.seed + 1, self.seed + seeds):
            for trial in best:
                key = f"replicate {trial.number} {seed}"
                if key in self.study.user_attrs:
                    continue
                try:
                    result = self._train(trial.number, trial.params, seed)
                except Busy:
                    continue
                except BadInput as error:
                    self.study.set_user_attr(key, {"why": str(error)})
                    self.tell(f"trial {trial.number}, seed {seed}: failed: {error}")
                    continue
                self.study.set_user_attr(key, {"best": result.best})
                self.tell(f"trial {trial.number}, seed {seed}: {self.figure} {result.best:.5g}")

    def result(self) -> SweepResult:
        states = optuna().trial.TrialState
        trials = self.study.get_trials(deepcopy=False)
        count = {state: sum(t.state == state for t in trials) for state in states}
        best = self.study.best_trial if count[states.COMPLETE] else None
        return SweepResult(
            study=self.study.study_name,
            storage=self.storage,
            out=str(self.out),
            figure=self.figure,
            complete=count[states.COMPLETE],
            pruned=count[states.PRUNED],
            failed=count[states.FAIL],
            running=count[states.RUNNING],
            replicates=sum(
                key.startswith("replicate ") and "best" in note
                for key, note in self.study.user_attrs.items()
            ),
            best_trial=None if best is None else best.number,
            best=None if best is None else best.value,
        )


@contextmanager
def _given(stack: ExitStack, trial: "Trial") -> Iterator["Trial"]:
    """A trial, and what holds its folder."""
    with stack:
        yield trial


def _copy(source: Path, target: Path) -> None:
    beside = target.with_name(f"{target.name}.{secrets.token_hex(4)}.part")
    shutil.copyfile(source, beside)
    beside.replace(target)
