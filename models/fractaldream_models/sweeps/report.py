"""Report a sweep: its trials, the replicates of the finalists, and which settings mattered."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_base.errors import BadInput
from fractaldream_base.text_result import TextResult

from .figures import slices_figure
from .results import TrialRow
from .storage import masked, open_study, optuna, reaching

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from optuna import Study
    from optuna.trial import FrozenTrial


@dataclass(frozen=True)
class SweepReport(TextResult):
    """A study as it stands."""

    study: str
    source: str
    figure: str
    trials: list[TrialRow]  # complete ones first, best first
    importances: dict[str, float]  # share of the variance of the figure; empty where unknown
    unknown: str  # why there are no importances

    def __str__(self) -> str:
        return table(self)

    def plot(self) -> "Figure":
        """Draw every trial by each setting; the vertical axis is the figure, lower is better.

        Returns
        -------
        matplotlib.figure.Figure

        Raises
        ------
        BadInput
            If no trial has a figure yet.
        """
        if all(trial.value is None for trial in self.trials):
            raise BadInput(f"study {self.study!r}: no trial has a figure yet; nothing is drawn")
        return slices_figure(self.trials, self.figure)

    @property
    def finalists(self) -> list[TrialRow]:
        """Return the trials that were trained with new seeds, by the mean over those."""
        return sorted((t for t in self.trials if t.replicates), key=lambda t: mean(t)[0])


def mean(trial: TrialRow) -> tuple[float, float | None]:
    """Return mean and standard deviation of a finalist over its new seeds; None of one seed.

    The seed that made it a finalist is left out: the best of many draws is partly the luckiest.
    """
    values = trial.replicates
    return statistics.mean(values), statistics.stdev(values) if len(values) > 1 else None


def finalists(report: SweepReport) -> tuple[list[str], list[list[str]]]:
    """Return the heads and the rows of the table of finalists."""
    rows = []
    for t in report.finalists:
        middle, spread = mean(t)
        deviation = "-" if spread is None else f"{spread:.2g}"
        rows.append(
            [str(t.number), f"{t.value:.5g}", f"{middle:.5g}", deviation, str(len(t.replicates))]
        )
    return ["finalist", "its trial", "mean of new seeds", "sd", "new seeds"], rows


def failures(report: SweepReport) -> list[str]:
    """Return a line for each training that failed, and why."""
    lines = [f"trial {t.number} failed: {t.why}" for t in report.trials if t.why]
    return lines + [f"trial {t.number}, {line}" for t in report.trials for line in t.lost]


def sweep_report(
    storage: str, study: str = "sweep", *, runs: str | Path | None = None
) -> SweepReport:
    """Read a study: its trials, best first, and which settings mattered.

    Parameters
    ----------
    storage
        URL of the storage.
    study
        Name of the study.
    runs
        Folder of its runs, where it was moved.

    Returns
    -------
    SweepReport
        The study as it stands.

    Raises
    ------
    BadInput
        If the storage cannot be read or has no such study.
    """
    opened = open_study(storage, study)
    with reaching(storage):
        frozen = opened.get_trials(deepcopy=False)
        notes = opened.user_attrs
        importances, unknown = _importances(opened)
    if "about" not in notes:
        raise BadInput(f"{masked(storage)}: study {study!r} is not one of `fractaldream sweep run`")
    folder, about = Path(runs or notes["out"]), notes["about"]
    rows = [_row(trial, notes, folder, about["seed"]) for trial in frozen]
    order = {"complete": 0, "pruned": 1, "running": 2}
    rows.sort(key=lambda r: (order.get(r.state, 3), float("inf") if r.value is None else r.value))
    return SweepReport(study, about["source"], about["figure"], rows, importances, unknown)


def _row(trial: "FrozenTrial", notes: Mapping[str, Any], folder: Path, seed: int) -> TrialRow:
    """Return what is known of a trial; `seed` is that of the trial itself."""
    key = f"replicate {trial.number} "
    replicates = {k.removeprefix(key): note for k, note in notes.items() if k.startswith(key)}
    steps = trial.intermediate_values
    run = folder / f"{trial.number:04d}" / f"seed-{seed}"
    return TrialRow(
        number=trial.number,
        state=trial.state.name.lower(),
        value=trial.value if trial.value is not None else min(steps.values(), default=None),
        epochs=max(steps, default=0),
        settings=trial.params,
        by_epoch=steps,
        replicates=[note["best"] for note in replicates.values() if "best" in note],
        lost=[f"seed {s} failed: {n['why']}" for s, n in replicates.items() if "why" in n],
        why=trial.user_attrs.get("why", ""),
        run=str(run) if run.is_dir() else None,
    )


def _importances(study: "Study") -> tuple[dict[str, float], str]:
    """Return the shares of the variance that settings explain, or why there are none.

    fANOVA (Hutter et al. 2014) on the complete trials; the shares sum to 1.
    """
    module = optuna()
    complete = study.get_trials(deepcopy=False, states=(module.trial.TrialState.COMPLETE,))
    if len(complete) < 4 or len({t.value for t in complete}) < 2:
        return {}, f"{len(complete)} complete trials are too few to tell which setting mattered"
    try:
        evaluator = module.importance.FanovaImportanceEvaluator(seed=0)
        return dict(module.importance.get_param_importances(study, evaluator=evaluator)), ""
    except (ValueError, RuntimeError) as error:  # no setting that all trials have, or no spread
        return {}, str(error)


def short_text(value: Any) -> str:
    """Return a setting or figure in few characters."""
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def table(report: SweepReport) -> str:
    """Return a table of all trials, best first, of the finalists and of the importances."""
    keys = sorted({key for trial in report.trials for key in trial.settings})
    heads = ["trial", "state", report.figure, "epochs", *keys]
    lines = [heads]
    for t in report.trials:
        value = "-" if t.value is None else f"{t.value:.5g}"
        cells = [short_text(t.settings[key]) if key in t.settings else "-" for key in keys]
        lines.append([str(t.number), t.state, value, str(t.epochs), *cells])
    blocks = [_aligned(lines)]
    if report.finalists:
        heads, lines = finalists(report)
        blocks.append(_aligned([heads, *lines]))
    if report.importances:
        lines = [["setting", "importance"]]
        lines += [[key, f"{value:.3f}"] for key, value in report.importances.items()]
        blocks.append(_aligned(lines))
    else:
        blocks.append(report.unknown)
    failed = failures(report)
    return "\n\n".join([*blocks, *(["\n".join(failed)] if failed else [])])


def _aligned(lines: list[list[str]]) -> str:
    """Return rows of cells as lines, aligned on the right."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join(f"{cell:>{w}}" for cell, w in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
