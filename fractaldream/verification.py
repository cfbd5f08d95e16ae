"""Is a file what its recipe says? Render again and compare bit for bit."""

import queue
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import dataset
from .errors import BadInput
from .production import SHARD
from .progress import progress_bar
from .rendering import thread_count
from .shards import at_work


@dataclass(frozen=True)
class Verification:
    """What `verify` found. different: numbers of the images (as in the file's column `index`)
    whose parameters or levels are not what the recipe gives; content: the stored hashes agree
    with the stored parameters and levels, of the images looked at."""

    path: str
    images: int
    compared: int
    different: tuple[int, ...]
    content: bool

    @property
    def passed(self) -> bool:
        return self.content and not self.different


def verify(
    path: str | Path,
    *,
    sample: int | None = None,
    seed: int = 0,
    threads: int | None = None,
    progress: bool = False,
) -> Verification:
    """Render `sample` images (default: all) of a file again and compare them bit for bit.

    Parameters are drawn again as well, refusals included, except for the law `params`, whose
    rows are the file's. seed: of the choice of images.
    """
    with dataset.open(path) as data:
        n = len(data)
        if sample is not None and sample < 1:
            raise BadInput(f"sample = {sample}: give at least 1")
        if sample is None or sample >= n:
            rows = np.arange(n)
        else:
            rows = np.sort(np.random.default_rng(seed).choice(n, sample, replace=False))
        given = data.params if data.recipe.law == "params" else None
        index = data.index
        if given is not None and (index != np.arange(n)).any():
            scattered = np.zeros(
                (data.recipe.n, 6)
            )  # rows of a part of a data set, at their numbers
            scattered[index] = given
            given = scattered
        stored = data.sha256
        threads = thread_count(threads)
        fresh: queue.SimpleQueue[tuple[int, np.ndarray]] = queue.SimpleQueue()

        def keep(part: dataset.Part) -> None:
            for offset, digest in enumerate(part.columns["sha256"]):
                fresh.put((part.start + offset, digest))

        with (
            progress_bar(progress, len(rows), "verifying", " images") as advance,
            at_work(
                data.recipe, _runs(index[rows]), keep, threads=threads, given=given,
                on_images=advance,
            ),
        ):  # fmt: skip
            pass
        made = {}
        while not fresh.empty():
            number, again = fresh.get()
            made[number] = again.tobytes()
        different, content = [], True
        params = data.params
        for start in range(0, len(rows), 256):
            chosen = rows[start : start + 256]
            for row, levels in zip(chosen, data[chosen], strict=True):
                digest = dataset.image_digest(params[row], levels)
                content &= digest == stored[row].tobytes()
                if digest != made[int(index[row])]:
                    different.append(int(index[row]))
        if len(rows) == n:
            content &= dataset.content_hash(stored) == data.content_sha256
    return Verification(str(path), n, len(rows), tuple(different), content)


def _runs(numbers: np.ndarray) -> list[tuple[int, int]]:
    """Ascending numbers as (start, stop) of consecutive ones, of at most SHARD each."""
    cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
    runs = []
    for run in np.split(numbers, cuts):
        for start in range(0, len(run), SHARD):
            piece = run[start : start + SHARD]
            runs.append((int(piece[0]), int(piece[-1]) + 1))
    return runs
