"""Is a file what its recipe says? Render again and compare bit for bit."""

import queue
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.seeds import check_seed

from ..datasets import dataset
from ..datasets.file_results import FileResult
from ..progress import progress_bar
from ..rendering.images import thread_count
from .job import SHARD
from .shards import Work, at_work


@dataclass(frozen=True)
class Verification(FileResult):
    """The result of `verify`.

    Attributes
    ----------
    compared : int
        Number of images that were rendered again.
    different : tuple of int
        Numbers of the images, as in the file's column `index`, whose parameters or levels are
        not what the recipe gives.
    content : bool
        Whether the stored hashes agree with the stored parameters and levels, of the images
        looked at.
    """

    compared: int
    different: tuple[int, ...]
    content: bool

    @property
    def passed(self) -> bool:
        """Return whether no difference was found."""
        return self.content and not self.different

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        lines = [f"{self.path}: {self.compared} of {self.images} images rendered again"]
        if not self.content:
            lines.append("  stored hashes do not agree with what is stored: the file was changed")
        if self.different:
            listed = ", ".join(str(number) for number in self.different[:10])
            more = ", ..." if len(self.different) > 10 else ""
            lines.append(f"  {len(self.different)} differ: {listed}{more}")
        if self.passed:
            lines.append("  every bit the same")
        return "\n".join(lines)


def verify(
    path: str | Path,
    *,
    sample: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> Verification:
    """Render images of a file again and compare them bit for bit.

    Parameters are drawn again as well, refusals included, except for the law `params`, whose
    rows are the file's.

    Parameters
    ----------
    path : str or Path
        The dataset file.
    sample : int, optional
        Number of images to compare. Default: all.
    seed : int
        Seed of the choice of images.
    threads : int, optional
        Default: one for each processor.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    Verification

    Raises
    ------
    BadInput
        If the file is not a data set or is damaged.
    """
    check_seed(seed)
    with dataset.open(path) as data:
        rows = _choose(len(data), sample, seed)
        digests = _render_again(data, data.index[rows], thread_count(threads), progress)
        different, content = _compare(data, rows, digests)
        if len(rows) == len(data):
            content &= dataset.content_hash(data.sha256) == data.content_sha256
        return Verification(str(path), len(data), len(rows), different, content)


def check_sample(sample: int | None) -> None:
    """Raise BadInput unless the number of images to compare can be used; None stands for all."""
    if sample is not None and sample < 1:
        raise BadInput(f"sample = {sample}: give at least 1")


def _choose(n: int, sample: int | None, seed: int) -> np.ndarray:
    """Return the rows to compare, in order: `sample` of n, or all."""
    check_sample(sample)
    if sample is None or sample >= n:
        return np.arange(n)
    return np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))


def _render_again(
    data: dataset.Dataset, numbers: np.ndarray, threads: int, progress: bool
) -> dict[int, bytes]:
    """Return the digests of images, by their numbers in the recipe, as they are rendered now."""
    work = Work(data.recipe, _given_rows(data), threads=threads)
    fresh: queue.SimpleQueue[tuple[int, bytes]] = queue.SimpleQueue()

    def keep(part: dataset.Part) -> None:
        for offset, digest in enumerate(part.columns["sha256"]):
            fresh.put((part.start + offset, digest.tobytes()))

    with (
        progress_bar(progress, len(numbers), "verifying", " images") as advance,
        at_work(work, _runs(numbers), keep, on_images=advance),
    ):
        pass
    digests = {}
    while not fresh.empty():
        number, digest = fresh.get()
        digests[number] = digest
    return digests


def _given_rows(data: dataset.Dataset) -> np.ndarray | None:
    """Return the rows of the law `params` at the numbers of their images, None for other laws."""
    if data.recipe.law != "params":
        return None
    index, given = data.index, data.params
    if (index == np.arange(len(data))).all():
        return given
    scattered = np.zeros((data.recipe.n, 6))  # the file holds a part of its data set
    scattered[index] = given
    return scattered


def _compare(
    data: dataset.Dataset, rows: np.ndarray, digests: dict[int, bytes]
) -> tuple[tuple[int, ...], bool]:
    """Return the numbers of images that differ, and whether stored hashes fit what is stored."""
    different, content = [], True
    params, stored, index = data.params, data.sha256, data.index
    for start in range(0, len(rows), 256):
        chosen = rows[start : start + 256]
        for row, levels in zip(chosen, data[chosen], strict=True):
            digest = dataset.image_digest(params[row], levels)
            content &= digest == stored[row].tobytes()
            if digest != digests[int(index[row])]:
                different.append(int(index[row]))
    return tuple(different), content


def _runs(numbers: np.ndarray) -> list[tuple[int, int]]:
    """Return ascending numbers as (start, stop) of consecutive ones, of at most SHARD each."""
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    runs = []
    for run in np.split(numbers, cuts):
        for start in range(0, len(run), SHARD):
            piece = run[start : start + SHARD]
            runs.append((int(piece[0]), int(piece[-1]) + 1))
    return runs
