"""Options of a sweep: everything but the data, the search space and the settings."""

from dataclasses import dataclass
from pathlib import Path

from fractaldream_base.seeds import Seeded


@dataclass(frozen=True)
class SweepOptions(Seeded):
    """Options of a sweep.

    Attributes
    ----------
    storage
        sqlite:///FILE, journal:///FILE, the URL of another database, or grpc://HOST:PORT.
    trials
        Number of trials of the whole study.
    study
        Name of the study in the storage.
    out
        Folder of the runs; None for STUDY-runs.
    seed
        Random seed of the draws and of the trials.
    finalists
        Number of trials that are trained again with other seeds.
    seeds
        Number of seeds of each finalist, that of its trial included.
    prune
        Stop trials early that are worse than the median of the others.
    root
        Folder that holds the IDX files of MNIST; None to fetch them.
    second
        The second data set, of kinds that learn from two domains; None for none.
    device
        auto, cpu, cuda or mps.
    threads
        Threads of each training on the CPU; None for the cores that nobody uses when it begins.
    """

    storage: str
    trials: int
    study: str = "sweep"
    out: str | Path | None = None
    seed: int = 0
    finalists: int = 3
    seeds: int = 3
    prune: bool = True
    root: str | None = None
    second: str | None = None
    device: str = "auto"
    threads: int | None = None

    @property
    def folder(self) -> Path:
        """Return the folder of the runs."""
        return Path(f"{self.study}-runs" if self.out is None else self.out)
