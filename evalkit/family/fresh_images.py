"""Images that no model has seen: further draws of the law that a data set was drawn by."""

import threading
from collections import deque
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fractaldream.recipe import PARAM_NAMES, Recipe
from fractaldream_base.errors import BadInput

from .factors import fold_factors
from .renderer import Renderer, renderer_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from evalkit.inputs.images import ImageSet
    from fractaldream.production.live import Batch
    from fractaldream.rendering.images import Workspace

FIRST_FRESH = 2**40  # index of the first never-seen image
SHARING = (2**41, 2**47)  # indices of the images that share a factor, drawn at random
CHUNK = 256  # images rendered at once
KEPT_BYTES = 2**28  # of levels that a process keeps for its next reader
ROUNDS = 30  # of draws for one batch of images that share a factor
Levels = tuple[np.ndarray, np.ndarray]  # uint8 (B, S, S), and parameters, float64 (B, 6)


def _fresh_streams(recipe: Recipe, size: int, threads: int) -> list[Iterator["Batch"]]:
    """Return streams that yield batches of fresh images in turn."""
    from fractaldream import stream

    return [
        stream(recipe, batch=size, start=FIRST_FRESH, worker=k, workers=threads)
        for k in range(threads)
    ]


def _render_fresh(recipe: Recipe, size: int, count: int, threads: int) -> Iterator[Levels]:
    """Yield so many batches of fresh images; the next ones are rendered meanwhile."""
    streams = _fresh_streams(recipe, size, threads)
    with ThreadPoolExecutor(threads) as pool:
        due = deque(pool.submit(next, each) for each in streams)
        for number in range(count):
            batch = due.popleft().result()
            if number + threads < count:
                due.append(pool.submit(next, streams[number % threads]))
            yield batch.levels, batch.params


class _KeptBatches:
    """The first batches of fresh images of a recipe, rendered once for all readers."""

    def __init__(self, recipe: Recipe, threads: int) -> None:
        self.streams = _fresh_streams(recipe, CHUNK, threads)
        self.batches: list[Levels] = []
        self.lock = threading.Lock()

    def read(self, count: int) -> Iterator[Levels]:
        """Yield the first `count` batches, rendered where no reader needed them before."""
        for number in range(count):
            with self.lock:
                if number == len(self.batches):
                    self._render(min(len(self.streams), count - number))
            yield self.batches[number]

    def _render(self, count: int) -> None:
        """Render as many more batches, at most one for each stream."""
        start, width = len(self.batches), len(self.streams)
        with ThreadPoolExecutor(count) as pool:
            following = [self.streams[(start + k) % width] for k in range(count)]
            self.batches += [(b.levels, b.params) for b in pool.map(next, following)]


@lru_cache(maxsize=1)
def _kept_batches(recipe: Recipe, threads: int) -> _KeptBatches:
    """Return the fresh images of a recipe that this process keeps: of the last recipe alone."""
    return _KeptBatches(recipe, threads)


@dataclass(frozen=True)
class ImageFamily:
    """All images that the recipe of a data set can draw.

    recipe is that of the file, law and refusals included; data is the data set, in whose colours
    fresh images are shown.
    """

    recipe: Recipe
    data: "ImageSet"

    @cached_property
    def renderer(self) -> Renderer:
        """FD at the settings of the data set, in units of the standard deviations of its law."""
        read = (self.data.data.facts or {}).get("read", {})
        return renderer_of(
            self.data.name,
            mapping="standard",
            size=self.data.size,
            palette=read.get("palette", "kbc") if self.data.channels == 3 else None,
            constant=True,
        )

    def params(self, rows: np.ndarray) -> np.ndarray:
        """Return the parameters of rows of the file, float64 (len(rows), 6), exactly."""
        from fractaldream import open as open_dataset

        with open_dataset(self.data.name) as file:
            params: np.ndarray = file.params[rows]
        return params

    def fresh(self, n: int, *, threads: int = 1) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Render images that no data set holds, by the same law, seed and refusals.

        They are images 2**40, 2**40 + 1, ... of the recipe, not those that follow the last of the
        file: a longer file of the same recipe, or a live stream of it, holds those, and a model
        may have been trained on one. No training gets as far as image 2**40. Up to 256 MiB of them
        are kept, so that the parts of a comparison render them once.

        Parameters
        ----------
        n
            Number of images.
        threads
            Number of threads that render; the images do not depend on it.

        Yields
        ------
        levels : ndarray
            uint8 (B, S, S), with B at most 256.
        params : ndarray
            float64 (B, 6).
        """
        size = min(n, CHUNK)
        count = -(-n // size) if n else 0
        threads = max(1, min(threads, count))
        if n < CHUNK or n * self.recipe.size**2 > KEPT_BYTES:
            batches = _render_fresh(self.recipe, size, count, threads)
        else:
            batches = _kept_batches(self.recipe, threads).read(count)
        for levels, params in batches:
            part = min(n, size)
            n -= part
            yield levels[:part], params[:part]

    def sharing(
        self,
        column: int,
        value: float,
        n: int,
        fold: str,
        rng: np.random.Generator,
        *,
        spaces: "Sequence[Workspace]" = (),
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """Render never-seen images that share one factor.

        The laws draw sizes independently given the signs, so that the size of a parameter can be
        replaced by another.

        Parameters
        ----------
        column
            Which factor they share, an index of `PARAM_NAMES`.
        value
            Its value after folding.
        n
            Number of images.
        fold
            How parameters are folded, see `factors.fold_factors`.
        rng
            Chooses the indices of the images.
        spaces
            Buffers of the threads that render, see `workspaces`; by default, those of one thread.

        Returns
        -------
        levels, params
            uint8 (n, S, S) and float64 (n, 6); None where refusals leave fewer than n of 30 n
            draws.
        """
        from fractaldream import draw_parameters
        from fractaldream.rendering.accepted import first_accepted, workspaces

        spaces = spaces or workspaces(self.recipe, 1)
        batches: list[np.ndarray] = []
        params: list[np.ndarray] = []
        for _ in range(ROUNDS):
            index = int(rng.integers(*SHARING)) + np.arange(2 * n)
            rows = draw_parameters(self.recipe, index, np.zeros(2 * n, np.int64))
            rows = rows[(fold_factors(rows, fold)[:, column] < 0) == (value < 0)]
            rows[:, column] = np.copysign(value, rows[:, column])
            missing = n - sum(map(len, batches))
            rows = rows[: missing + n // 2]
            levels, good = first_accepted(rows, missing, spaces)
            batches.append(levels)
            params.append(rows[good])
            if len(good) == missing:
                return np.concatenate(batches), np.concatenate(params)
        return None

    def image_set(self, levels: np.ndarray) -> "ImageSet":
        """Return levels, uint8 (N, S, S), as images in the colours of the data set."""
        import torch

        images = torch.from_numpy(levels)[:, None]
        if self.data.data.palette is None and self.data.channels == 3:
            images = images.expand(-1, 3, -1, -1)
        return replace(self.data, data=replace(self.data.data, images=images))

    def images(self, levels: np.ndarray) -> np.ndarray:
        """Return levels, uint8 (N, S, S), in colour: float32 (N, C, S, S) in [0, 1]."""
        return self.image_set(levels).images(np.arange(len(levels)))


def family_of(images: "ImageSet") -> ImageFamily | None:
    """Return the family that a data set was drawn from.

    Returns
    -------
    ImageFamily or None
        None for other data, where the parameters were given instead of drawn, and where the images
        are shown at another size than they were rendered at.
    """
    from fractaldream import open as open_dataset

    if images.param_names != PARAM_NAMES or not Path(images.name).is_file():
        return None
    try:
        with open_dataset(images.name) as file:
            recipe = file.recipe
    except (BadInput, KeyError, TypeError):
        return None
    if recipe.law == "params" or recipe.size != images.size:
        return None
    return ImageFamily(recipe, images)
