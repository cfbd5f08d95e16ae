"""Run a sweep: open its study, train trials until there are enough, then the finalists."""

import json
import secrets
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_base.errors import BadInput
from fractaldream_base.files import write_bytes
from fractaldream_base.text_result import TextResult
from fractaldream_models.data.tensors import Data
from fractaldream_models.distributed.launching import open_fabric
from fractaldream_models.evaluation.sample_quality import features_of
from fractaldream_models.kinds import find
from fractaldream_models.requested import check_effect, request_settings
from fractaldream_models.settings import Settings
from fractaldream_models.training.memory import guard_memory

from .options import SweepOptions
from .search_space import figure_of, kinds_of, read_space
from .storage import masked, open_storage, optuna, reaching
from .trial_settings import TrialSettings, check_space
from .trials import Trials, locked_runs

if TYPE_CHECKING:
    from optuna import Study


@dataclass(frozen=True)
class SweepResult(TextResult):
    """The state of a storage when `sweep` has nothing left to do.

    Attributes
    ----------
    study, storage, out
        The name of the study, its storage and the folder of its runs.
    figure
        Name of the figure on held-out images that trials are compared by; lower is better.
    complete, pruned, failed, running
        Number of trials in each state; running ones are in other processes.
    replicates
        Number of complete trainings of finalists with other seeds.
    best_trial, best
        The best complete trial and its figure; None where there is none.
    """

    study: str
    storage: str
    out: str
    figure: str
    complete: int
    pruned: int
    failed: int
    running: int
    replicates: int
    best_trial: int | None
    best: float | None

    def __str__(self) -> str:
        counts = f"{self.complete} complete, {self.pruned} pruned, {self.failed} failed"
        text = f"{self.study}: {counts}, {self.running} running, {self.replicates} replicates"
        if self.best_trial is not None:
            text += (
                f"\n  best: trial {self.best_trial}, {self.figure} {self.best:.5g}, in {self.out}"
            )
        return text


def _print_to_stderr(line: str) -> None:
    """Print a line of progress."""
    print(line, file=sys.stderr)


def sweep(
    data: str | Path,
    options: SweepOptions,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    preset: str | None = None,
    space: str | Path | None = None,
    log: Callable[[str], None] = _print_to_stderr,
) -> SweepResult:
    """Train trials until the study has enough of them, then the finalists with more seeds.

    Any number of processes may do this at a time with one storage and one folder; the runs of a
    trial lie in FOLDER/NUMBER/seed-SEED. A trial whose process has died goes on where its last
    complete epoch ended.

    Parameters
    ----------
    data
        The images, as for `train`.
    options
        Storage, number of trials, seed, finalists.
    settings
        Changes to the preset, or to the defaults of each kind, by name; or whole settings.
    preset
        Name of a preset.
    space
        A TOML file of what varies, or the name of a shipped one; None for that of the kind.
    log
        Function that gets a line for each trial.

    Returns
    -------
    SweepResult
        The number of trials in each state, and the best.

    Raises
    ------
    BadInput
        If something cannot be used; complete trials are kept.
    """
    source, requested = str(data), request_settings(settings, preset)
    file = str(space or find(requested.settings.kind).search_space)
    trial_settings = TrialSettings(requested, read_space(file, requested.settings))
    kinds = kinds_of(trial_settings.space, requested.settings)
    check_effect(requested, source, options.root, kinds, second=options.second)
    optuna()
    images = check_space(trial_settings, file, source, options)
    with reaching(options.storage):
        figure = figure_of(trial_settings.space, requested.settings)
        study = open_or_join(source, images.content, trial_settings, figure, options)
        claim_folder(study, options)
        agree_on_features(images, requested.settings, options, log)
        del images  # each trial reads the images itself
        trials = Trials(source, trial_settings, study, figure, options, log)
        while (claimed := trials.claim()) is not None:
            with claimed as trial:
                trials.run(trial)
        trials.replicate()
        return _result(study, figure, options)


def open_or_join(
    source: str,
    content: str | None,
    trial_settings: TrialSettings,
    figure: str,
    options: SweepOptions,
) -> "Study":
    """Create the study or join it. Raises BadInput where it is about something else."""
    module = optuna()
    opened = open_storage(options.storage, create=True)
    pruner = module.pruners.MedianPruner(n_startup_trials=5, n_warmup_steps=0)
    study: Study = module.create_study(
        storage=opened,
        study_name=options.study,
        direction="minimize",
        pruner=pruner if options.prune else module.pruners.NopPruner(),
        load_if_exists=True,
    )
    about = {
        "source": source,
        "images": content,
        **trial_settings.record(),
        "figure": figure,
        "seed": options.seed,
    }
    if options.second is not None:  # studies without it are those of older versions, too
        about["second"] = options.second
    about = json.loads(json.dumps(about))
    stored = study.user_attrs.get("about")
    if stored is None:
        study.set_user_attr("about", about)
        study.set_user_attr("out", str(options.folder.resolve()))
    elif stored != about:
        other = next(key for key in {**about, **stored} if stored.get(key) != about.get(key))
        other = "content of the data" if other == "images" else other
        raise BadInput(
            f"{masked(options.storage)}: study {options.study!r} was begun with another {other}; "
            "give what it was begun with, or another --study"
        )
    return study


def claim_folder(study: "Study", options: SweepOptions) -> None:
    """Mark the folder of the runs as that of this study.

    Raises
    ------
    BadInput
        If it holds the runs of another study.
    """
    folder, mark = options.folder, options.folder / "study.json"
    with locked_runs(folder, wait=True):
        if "id" not in study.user_attrs:
            study.set_user_attr("id", secrets.token_hex(8))
        identity = {"study": study.study_name, "id": study.user_attrs["id"]}
        if mark.exists():
            is_foreign = json.loads(mark.read_text(encoding="utf-8")) != identity
        else:  # a folder of another machine, or of version 0.1.0
            is_foreign = any(folder.glob("[0-9]*/seed-*")) and not study.get_trials(deepcopy=False)
        if is_foreign:
            raise BadInput(
                f"{folder}: holds the runs of another study; give another --out, or the --storage "
                "and --study that they belong to"
            )
        if not mark.exists():
            write_bytes(mark, (json.dumps(identity) + "\n").encode())


def agree_on_features(
    data: Data, settings: Settings, options: SweepOptions, log: Callable[[str], None]
) -> None:
    """Train, once, the features by which the samples of all trials and seeds are judged."""
    path = options.folder / "features.pt"
    with locked_runs(options.folder, wait=True), guard_memory(settings):
        if not path.exists():
            log("features for the kernel distance are learnt, once for all trials")
            device = open_fabric(options.device, None, "auto", "auto").device
            features_of(data.to(device), path, seed=options.seed)


def _result(study: "Study", figure: str, options: SweepOptions) -> SweepResult:
    """Return the state of the study."""
    states = optuna().trial.TrialState
    trials = study.get_trials(deepcopy=False)
    count = {state: sum(t.state == state for t in trials) for state in states}
    best = study.best_trial if count[states.COMPLETE] else None
    return SweepResult(
        study=study.study_name,
        storage=masked(options.storage),
        out=str(options.folder),
        figure=figure,
        complete=count[states.COMPLETE],
        pruned=count[states.PRUNED],
        failed=count[states.FAIL],
        running=count[states.RUNNING],
        replicates=sum(
            key.startswith("replicate ") and "best" in note
            for key, note in study.user_attrs.items()
        ),
        best_trial=None if best is None else best.number,
        best=None if best is None else best.value,
    )
