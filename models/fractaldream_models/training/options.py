"""Options of a training: everything but the data, the folder and the settings of the model."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fractaldream_base.seeds import Seeded


def _ignore(_: dict[str, Any]) -> None:
    """Do nothing."""


def _print_to_stderr(line: str) -> None:
    """Print a line."""
    print(line, file=sys.stderr)


@dataclass(frozen=True)
class TrainOptions(Seeded):
    """Options of a training.

    Attributes
    ----------
    resume
        Go on from the last complete epoch of the run folder.
    seed
        Random seed; None for that of the resumed run, or 0.
    root
        Folder that holds the IDX files of MNIST; None to fetch them.
    second
        The second data set, of kinds that learn from two domains; None for that of the resumed run,
        or none.
    device
        auto, cpu, cuda or mps.
    devices
        Number of processes; None for as many as torchrun has started, else 1.
    strategy
        How several processes work together: auto or ddp.
    workers
        Number of processes beside each of them that render live data.
    precision
        auto, 32 or bf16; auto is bf16 on a GPU.
    threads
        Threads that each process computes with on the CPU; None for those of the resumed run, or
        for the cores that nobody uses now. Results have the same bits for the same number.
    """

    resume: bool = False
    seed: int | None = None
    root: str | None = None
    second: str | None = None
    device: str = "auto"
    devices: int | None = None
    strategy: str = "auto"
    workers: int = 1
    precision: str = "auto"
    threads: int | None = None


@dataclass(frozen=True)
class Callbacks:
    """Functions that a run calls.

    Attributes
    ----------
    on_start
        Called with the resolved settings, as in run.json, before the first step.
    on_epoch
        Called with the row of every epoch once its files are complete. What it raises ends the run
        there, to be resumed.
    on_trouble
        Called with a line where a training begins or ceases to go wrong. Default: print to stderr.
    """

    on_start: Callable[[dict[str, Any]], None] = _ignore
    on_epoch: Callable[[dict[str, Any]], None] = _ignore
    on_trouble: Callable[[str], None] = _print_to_stderr
