"""Train a model: prepare the run, and loop over its epochs."""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from fractaldream_models.data.live_images import guard_rendering
from fractaldream_models.distributed.collectives import guard_against_lost_peers
from fractaldream_models.requested import request_settings
from fractaldream_models.settings import Settings

from .loop import Loop
from .memory import guard_memory
from .options import Callbacks, TrainOptions
from .preparation import Prepared, prepare
from .results import TrainResult
from .run_folder import Run
from .summary import summarise
from .threads import computing_with


def train(
    data: str | Path,
    out: str | Path,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    preset: str | None = None,
    options: TrainOptions = TrainOptions(),
    callbacks: Callbacks = Callbacks(),
    progress: bool = False,
) -> TrainResult:
    """Train a model on data into a run folder.

    On the CPU, a run that is killed and resumed ends with the weights of an undisturbed one.

    Parameters
    ----------
    data
        A data set file, an image folder, `mnist`, `fashion-mnist` or `live:NAME,...`.
    out
        The run folder.
    settings
        Changes to the preset, or to the defaults of the kind, by name; or whole settings. What is
        named must agree with a run that is resumed, but for epochs and learning rates.
    preset
        Name of a preset.
    options
        Seed, device, number of processes and threads, precision, whether to resume.
    callbacks
        Functions to call at the start, after each epoch and where the training goes wrong.
    progress
        Show a summary, bars and a line for each epoch on stderr.

    Returns
    -------
    TrainResult
        The chosen epoch, its figure and its checkpoint.

    Raises
    ------
    BadInput
        If an argument cannot be used, or the run cannot go on; complete epochs are kept.
    """
    run = Run(out)
    prepared = prepare(str(data), run, request_settings(settings, preset), options)
    processes = prepared.processes
    with (
        guard_memory(prepared.plan.settings),
        computing_with(prepared.threads),
        ExitStack() as cleanup,
        guard_against_lost_peers(processes),
        guard_rendering(),
    ):
        processes.on_first(lambda: cleanup.enter_context(run.alone()))
        processes.on_first(partial(_begin, run, prepared, options.resume, callbacks, progress))
        loop = Loop(prepared, run, callbacks, workers=options.workers, progress=progress)
        cleanup.callback(loop.close)
        result = loop.fit()
    processes.finish()
    return result


def _begin(
    run: Run, prepared: Prepared, resume: bool, callbacks: Callbacks, progress: bool
) -> None:
    """Write run.json, and say what it is about. Raises BadInput where another run is there."""
    record = prepared.record()
    (run.extend if resume else run.begin)(record)
    if progress:
        _announce(run, prepared)
    callbacks.on_start(record)


def _announce(run: Run, prepared: Prepared) -> None:
    """Print on stderr what is trained on what."""
    print(*summarise(prepared.plan, prepared.execution(run)), sep="\n", file=sys.stderr)
