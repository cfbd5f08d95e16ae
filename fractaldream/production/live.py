"""Images that are rendered as they are asked for: a data set without a file and without an end."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from fractaldream_base.errors import BadInput

from ..datasets.dataset import Part
from ..recipe import Recipe
from .shards import Work, make_parts


@dataclass(frozen=True)
class Batch:
    """Consecutive images of a recipe.

    index: int64 (n,); params: float64 (n, 6); levels: uint8 (n, H, W).
    """

    index: np.ndarray
    params: np.ndarray
    levels: np.ndarray


def stream(
    recipe: Recipe | None = None,
    *,
    batch: int = 64,
    start: int = 0,
    worker: int = 0,
    workers: int = 1,
) -> Iterator[Batch]:
    """Yield batches of a recipe without end, rendered on one thread.

    Image i is the one that `render` writes as image i; the recipe's n does not matter. To go on
    after batch k, begin again at start + k * batch, with as many workers.

    Parameters
    ----------
    recipe : Recipe, optional
        What determines the images. Default: Recipe().
    batch : int
        Images in a batch.
    start : int
        Number of the first image.
    worker, workers : int
        Of several workers, each takes every workers-th batch, beginning with the one of its own
        number, so that together they make each image once.

    Yields
    ------
    Batch

    Raises
    ------
    BadInput
        If something given cannot be used.
    """
    recipe = recipe or Recipe()
    if recipe.law == "params":
        raise BadInput("law params: given rows end; use render_images")
    _check_share(batch, start, worker, workers)
    firsts = itertools.count(start + worker * batch, workers * batch)
    due = start + worker * batch
    early: dict[int, Part] = {}  # lanes are filled across batches, which may end out of turn

    def next_bounds() -> tuple[int, int]:
        first = next(firsts)
        return first, first + batch

    for part in make_parts(Work(recipe, pack=np.ndarray.tobytes), next_bounds):
        early[part.start] = part
        while due in early:
            ready = early.pop(due)
            due += workers * batch
            levels = np.frombuffer(b"".join(ready.chunks), np.uint8)
            yield Batch(
                ready.columns["index"],
                ready.columns["params"],
                levels.reshape(batch, recipe.size, recipe.size).copy(),
            )


def _check_share(batch: int, start: int, worker: int, workers: int) -> None:
    if batch < 1 or start < 0 or not 0 <= worker < workers:
        raise BadInput(
            f"batch = {batch}, start = {start}, worker = {worker} of {workers}: "
            "give batch >= 1, start >= 0 and 0 <= worker < workers"
        )
