"""Prepare a run: resolve what was asked for, and start the processes that will train it."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.distributed.launching import (
    are_started,
    is_mixed,
    local_processes,
    open_fabric,
    start,
)
from fractaldream_models.evaluation.held_out import chosen_figure
from fractaldream_models.requested import RequestedSettings, check_effect, request_settings
from fractaldream_models.settings import Settings

from .memory import guard_memory
from .options import TrainOptions
from .planning import Plan, plan
from .resuming import check_epochs, check_resumed, check_same_images, resumed_settings
from .run_folder import Run
from .state import stored_figure
from .summary import Execution
from .threads import default_threads, usable_cores

if TYPE_CHECKING:
    from lightning_fabric import Fabric


@dataclass(frozen=True)
class Prepared:
    """A resolved run, and the processes that will train it.

    Attributes
    ----------
    plan
        Settings, network and data.
    fabric
        The device of this process.
    processes
        The processes, all of which wait at the same place.
    precision
        auto, 32 or bf16.
    threads
        Threads that this process computes with on the CPU.
    """

    plan: Plan
    fabric: "Fabric"
    processes: Processes
    precision: str
    threads: int

    def execution(self, run: Run) -> Execution:
        """Return where the run is computed, for its summary."""
        device = self.fabric.device.type
        return Execution(
            folder=run.folder,
            device=device,
            processes=self.processes.size,
            precision="bf16" if is_mixed(self.precision, device) else "32",
            threads=self.threads,
            cores=usable_cores(),
            figure=stored_figure(run.state) or chosen_figure(self.plan.settings),
        )

    def record(self) -> dict[str, Any]:
        """Return plain values, for run.json."""
        device = self.fabric.device.type
        return self.plan.record() | {
            "device": device,
            "devices": self.fabric.world_size,
            "precision": "bf16" if is_mixed(self.precision, device) else "32",
            "threads": self.threads,
        }


def prepare(source: str, run: Run, requested: RequestedSettings, options: TrainOptions) -> Prepared:
    """Resolve the run and start its processes; all of them see the same. Raises BadInput."""
    automatic = options.resume and options.precision == "auto"
    precision = (automatic and run.stored("precision")) or options.precision
    fabric = open_fabric(options.device, options.devices, options.strategy, precision)
    planned, problem = None, None
    try:
        planned = _resolve(source, run, requested, options)
        _check_shares(planned.settings, fabric.world_size)
    except BadInput as error:
        if not are_started(fabric):
            raise
        problem = str(error)
    stored = run.stored("threads") if options.resume else None
    # before this process starts others, which would count as busy
    threads = options.threads or stored or _default_threads(fabric)
    processes = start(fabric)
    processes.agree(problem, planned and planned.record())
    assert planned is not None
    return Prepared(planned, fabric, processes, precision, fabric.broadcast(threads))


def _default_threads(fabric: "Fabric") -> int:
    """Return the threads of each process; that of the first is taken by all."""
    return default_threads(local_processes(fabric), measured=not are_started(fabric))


def _resolve(source: str, run: Run, requested: RequestedSettings, options: TrainOptions) -> Plan:
    """Return the plan of a new run, or of one that goes on as its folder says. Raises BadInput."""
    record = run.record() if options.resume else {}
    second = options.second if options.second is not None else record.get("second")
    check_effect(requested, source, options.root, second=second)
    if not options.resume:
        with guard_memory(requested.settings):
            root, seed = options.root, options.seed or 0
            return plan(source, requested.settings, root=root, second=second, seed=seed)
    settings = resumed_settings(record, requested)
    check_resumed(record, options.seed, options.precision)
    check_epochs(settings.epochs, run)
    root = options.root if options.root is not None else record["root"]
    with guard_memory(settings):
        planned = plan(source, settings, root=root, second=second, seed=record["seed"])
    check_same_images(record, planned.record())
    return planned


def _check_shares(settings: Settings, processes: int) -> None:
    """Check that every process gets an equal share of a batch. Raises BadInput."""
    parts = processes * (2 if kinds.find(settings.kind).domains else 1)
    if settings.batch % parts:
        raise BadInput(
            f"batch {settings.batch} over {processes} processes: give "
            f"--set batch=N with N a multiple of {parts}"
        )


def dry_run(
    data: str | Path,
    out: str | Path,
    settings: Settings | Mapping[str, Any] | None = None,
    *,
    preset: str | None = None,
    options: TrainOptions = TrainOptions(),
) -> Plan:
    """Return the plan of a run, new or resumed, of which nothing is written. Raises BadInput."""
    return _resolve(str(data), Run(out), request_settings(settings, preset), options)
