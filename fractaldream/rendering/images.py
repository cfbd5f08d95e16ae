"""Parameters to images: check, allocate, dispatch to the kernels."""

import os
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from fractaldream_base.errors import BadInput

from ..parameters.params import check_params
from ..recipe import Recipe
from . import kernels
from .tone import TONES, tone_images

LANES = kernels.LANES
LARGEST_LANE_SIZE = 512  # beyond it the counts of a group leave the caches, and 32-bit offsets
ORBIT_BUDGET = 400 * 2**20  # bytes, over all threads, spent on keeping orbits until counted


@dataclass(frozen=True)
class Images:
    """Rendered images, one row each.

    levels: uint8 (n, H, W), 0 = never visited, row 0 at the top. visited: int32 (n,), pixels.
    lyapunov: float64 (n,), largest exponent in nats per step, over the 2,048 steps after the
    last point. cycle: int32 (n,), exact period on which the orbit ended if at most 2,048, else
    0. extent: float32 (n, 4), the view as x low, x high, y low, y high. counts: visits,
    uint16 or uint32 (n, H, W), or None.
    """

    levels: np.ndarray
    visited: np.ndarray
    lyapunov: np.ndarray
    cycle: np.ndarray
    extent: np.ndarray
    counts: np.ndarray | None


def thread_count(threads: int | None) -> int:
    """Return how many threads to use: those asked for, or one for each usable processor."""
    if threads is None:
        usable = getattr(os, "sched_getaffinity", None)
        return len(usable(0)) if usable else os.cpu_count() or 1
    if threads < 1:
        raise BadInput(f"threads = {threads}: give at least 1")
    return threads


def count_dtype(iterations: int) -> type[np.uint16] | type[np.uint32]:
    """Return the type that holds the visits of one pixel."""
    return np.uint16 if iterations < 2**16 else np.uint32


def aligned(size: int, kind: type) -> np.ndarray:
    """Return zeros (size,) that begin on a cache line, which vector loads then never straddle."""
    width = np.dtype(kind).itemsize
    raw = np.zeros(size * width + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size * width].view(kind)


class Workspace:
    """The buffers of one thread, and the group of at most `lanes` images in them.

    group: rows that `probe` takes at most.

    counts: (lanes, area); visited: int64; extent: float32 (lanes, 4), after `render`. lyapunov:
    float64, and cycle: int32, after `measure`. levels: uint8 (lanes, H, W), after `shade`.
    """

    def __init__(self, recipe: Recipe, threads: int = 1) -> None:
        self.recipe = recipe
        self.lanes = LANES if recipe.size <= LARGEST_LANE_SIZE else 1
        self.group = LANES
        self.area = recipe.size**2
        self.tight = recipe.view == "tight"
        self.counts = np.zeros((self.lanes, self.area), count_dtype(recipe.iterations))
        self.levels = np.zeros((self.lanes, recipe.size, recipe.size), np.uint8)
        self.visited = np.zeros(LANES, np.int64)
        self.extent = np.zeros((self.lanes, 4), np.float32)
        self.lyapunov = np.zeros(LANES)
        self.cycle = np.zeros(LANES, np.int32)
        self._state = aligned(kernels.ROWS * LANES, np.float64)
        self._pixels = aligned(kernels.BLOCK * LANES, np.uint32)
        self._low = aligned(2 * LANES, np.float32)
        self._high = aligned(2 * LANES, np.float32)
        self._probe_counts = np.zeros(LANES * recipe.probe_size**2, np.uint16)
        whole = 2 * LANES * recipe.iterations
        self._probe_steps = min(recipe.probe_steps, recipe.iterations)
        self._keeps = self.tight and self.lanes > 1 and 4 * whole * threads <= ORBIT_BUDGET
        length = whole if self._keeps else 2 * LANES * max(1, self._probe_steps)
        self._orbit = aligned(length, np.float32)

    def render(self, params: np.ndarray) -> None:
        """Fill counts, visited and extent for params (m <= lanes, 6)."""
        if self.lanes == 1:
            self._render_large(params[0])
            return
        r = self.recipe
        kernels.render_group(
            params, r.skip, r.iterations, self.tight, self._keeps, r.size, self._orbit, self._state,
            self._pixels, self.counts.reshape(-1), self._low, self._high, self.visited,
        )  # fmt: skip
        self.extent[:] = np.stack(
            [self._low[:LANES], self._high[:LANES], self._low[LANES:], self._high[LANES:]], axis=1
        )

    def _render_large(self, row: np.ndarray) -> None:
        r = self.recipe
        self.counts[:] = 0
        point, limits = count_orbit(row, r.skip, r.iterations, self.tight, r.size, self.counts[0])
        self.extent[0] = limits
        self.visited[0] = np.count_nonzero(self.counts[0])
        kernels.load(self._state, np.concatenate([point, row[2:]])[None])

    def probe(self, params: np.ndarray) -> np.ndarray:
        """Return how many pixels of the probe's grid its points visit, int64 (m,)."""
        r = self.recipe
        kernels.render_group(
            params, r.skip, self._probe_steps, True, True, r.probe_size, self._orbit, self._state,
            self._pixels, self._probe_counts, self._low, self._high, self.visited,
        )  # fmt: skip
        return self.visited[: len(params)].copy()

    def measure(self) -> None:
        """Fill the exponents and cycles of the group just rendered; its orbits go on."""
        kernels.measure_tail(self._state, self.lyapunov, self.cycle)

    def shade(self, lanes: np.ndarray) -> None:
        """Fill the levels of these lanes of the group just rendered."""
        levels = self.levels.reshape(self.lanes, -1)
        tone_images(self.counts, lanes, TONES[self.recipe.tone], levels)


def count_orbit(
    row: np.ndarray,
    skip: int,
    n: int,
    tight: bool,
    size: int,
    counts: np.ndarray,
    on_steps: Callable[[int], None] = lambda n: None,
) -> tuple[np.ndarray, np.ndarray]:
    """Add one orbit to counts (size * size,), with no memory but theirs.

    on_steps is told of every few million map steps: skip + n of them, and n more in the tight
    view, whose orbit is run twice. Returns the point (2,) after the last and the view's limits,
    float32 (4,).
    """
    piece = 2**22  # steps between two looks at Ctrl-C
    x, y, a, b, c, d = (float(value) for value in row)
    spare = np.zeros(4, np.float32)
    for start in range(0, skip, piece):
        x, y = kernels.box_one(x, y, a, b, c, d, min(piece, skip - start), spare)
        on_steps(min(piece, skip - start))
    if tight:
        limits = np.array([np.inf, -np.inf, np.inf, -np.inf], np.float32)
        p, q = x, y
        for start in range(0, n, piece):
            p, q = kernels.box_one(p, q, a, b, c, d, min(piece, n - start), limits)
            on_steps(min(piece, n - start))
    else:
        limits = np.array([-1 - abs(c), 1 + abs(c), -1 - abs(d), 1 + abs(d)], np.float32)
    for start in range(0, n, piece):
        x, y = kernels.count_one(x, y, a, b, c, d, min(piece, n - start), limits, size, counts)
        on_steps(min(piece, n - start))
    return np.array([x, y]), limits


def render_images(
    params: npt.ArrayLike,
    recipe: Recipe | None = None,
    *,
    threads: int | None = 1,
    counts: bool = False,
) -> Images:
    """Render images of given parameters in memory; none is refused.

    The images are bit-identical to those that `render` writes for the same parameters.

    Parameters
    ----------
    params : array_like of float (n, 6) or (6,)
        Rows of x0, y0, a, b, c, d.
    recipe : Recipe, optional
        Iterations, skip, size, view and tone are taken from it. Default: Recipe().
    threads : int, optional
        None: one for each processor.
    counts : bool
        Return the visit counts as well.

    Returns
    -------
    Images

    Raises
    ------
    BadInput
        For rows that cannot be iterated.

    Examples
    --------
    >>> import fractaldream as fd
    >>> recipe = fd.Recipe(size=32, iterations=1000)
    >>> images = fd.render_images([[0.1, 0.1, -0.97, 2.88, 0.77, 0.74]], recipe)
    >>> images.levels.shape, images.levels.dtype.name
    ((1, 32, 32), 'uint8')
    """
    recipe = recipe or Recipe()
    threads = thread_count(threads)
    rows = check_params(params)
    n, size = len(rows), recipe.size
    result = _empty_images(n, recipe, counts)
    local = threading.local()

    def group(start: int, stop: int) -> None:
        space = getattr(local, "space", None) or Workspace(recipe, threads)
        local.space = space
        space.render(rows[start:stop])
        space.measure()
        space.shade(np.arange(stop - start))
        result.levels[start:stop] = space.levels[: stop - start]
        if result.counts is not None:
            result.counts[start:stop] = space.counts[: stop - start].reshape(-1, size, size)
        for name in ("visited", "lyapunov", "cycle", "extent"):
            getattr(result, name)[start:stop] = getattr(space, name)[: stop - start]

    pieces = _pieces(n, size, threads)
    if threads == 1:
        for piece in pieces:
            group(*piece)
    else:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda piece: group(*piece), pieces))
    return result


def _pieces(n: int, size: int, threads: int) -> list[tuple[int, int]]:
    """Return n images as (start, stop) of what one thread renders at once.

    They are spread over all threads before lanes are filled: n = 30 on two threads is 15 and 15.
    """
    lanes = LANES if size <= LARGEST_LANE_SIZE else 1
    stride = max(1, min(lanes, -(-n // threads)))
    return [(start, min(start + stride, n)) for start in range(0, n, stride)]


def _empty_images(n: int, recipe: Recipe, counts: bool) -> Images:
    size = recipe.size
    return Images(
        levels=np.zeros((n, size, size), np.uint8),
        visited=np.zeros(n, np.int32),
        lyapunov=np.zeros(n),
        cycle=np.zeros(n, np.int32),
        extent=np.zeros((n, 4), np.float32),
        counts=np.zeros((n, size, size), count_dtype(recipe.iterations)) if counts else None,
    )
