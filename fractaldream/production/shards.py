"""Images in shards: drawing, refusing, rendering and packing them, on threads."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import h5py
import numpy as np
from isal import isal_zlib

from fractaldream_base.errors import BadInput

from ..datasets.dataset import Part, image_digest, open_file
from ..parameters.sampling import draw_parameters
from ..recipe import Recipe
from ..rendering.images import Workspace

MAX_ATTEMPTS = 10_000  # draws for one image before the recipe is called hopeless
PROBE, VISITED, CYCLE = range(3)  # columns of `refused`
Bounds = tuple[int, int]  # the first image of a shard, and the one to stop before


def shard_path(folder: Path, start: int) -> Path:
    """Return the file of the shard that begins with image `start`."""
    return folder / f"shard-{start:012d}.h5"


def is_complete(path: Path, recipe: Recipe, bounds: Bounds, counts: bool) -> bool:
    """Return whether a shard is there, whole, and of this run."""
    if not path.exists():
        return False
    try:
        with open_file(path) as file:
            return is_of(file, recipe, bounds, counts)
    except BadInput:
        return False


def is_of(shard: h5py.File, recipe: Recipe, bounds: Bounds, counts: bool) -> bool:
    """Return False for a shard of another run, written by a worker after that was thrown away."""
    return (
        np.array_equal(shard["index"][:], np.arange(*bounds))
        and Recipe.from_json(str(shard.attrs["recipe"])) == recipe
        and ("counts" in shard) == counts
    )


def deflate(values: np.ndarray) -> bytes:
    """Return a zlib stream of an array.

    A window of 512 bytes, four rows of a default image, compresses these images better than one
    of 32 KiB, and faster.
    """
    return isal_zlib.compress(values, 1, 9)


@dataclass(frozen=True)
class Work:
    """The data that all shards of a run have in common.

    Attributes
    ----------
    recipe : Recipe
        What is rendered.
    given : ndarray of float64 (n, 6), optional
        The rows of the law `params`.
    counts : bool
        Whether visit counts are kept as well.
    threads : int
        Threads that share the memory, and among which `at_work` shares out the shards.
    workspace : type of Workspace
        Where orbits are run: the processor or a GPU.
    pack : callable
        What becomes of the levels and counts of an image.
    """

    recipe: Recipe
    given: np.ndarray | None = field(default=None, compare=False)
    counts: bool = False
    threads: int = 1
    workspace: type[Workspace] = Workspace
    pack: Callable[[np.ndarray], bytes] = deflate


class Stopped(Exception):
    """The work was stopped from outside."""


@dataclass
class Candidate:
    """Image `row` of a part, and the attempt that is to be looked at next."""

    part: Part
    row: int
    attempt: int = 0

    def refuse(self, reason: int) -> None:
        """Count a refusal, and go on to the next attempt."""
        self.part.columns["refused"][self.row, reason] += 1
        self.attempt += 1
        if self.attempt >= MAX_ATTEMPTS:
            raise BadInput(
                f"image {self.part.start + self.row}: {MAX_ATTEMPTS} draws in a row were refused; "
                "lower --min-visited, raise --iterations or choose another law"
            )


def make_parts(
    work: Work,
    next_bounds: Callable[[], Bounds | None],
    *,
    stop: threading.Event | None = None,
    on_images: Callable[[int], None] = lambda n: None,
) -> Iterator[Part]:
    """Yield parts of a recipe in the order in which they are completed: the work of one thread.

    Lanes are filled across parts, so that hardly any run empty.

    Parameters
    ----------
    work : Work
        What is rendered, and how.
    next_bounds : callable
        Returns the bounds of the next part, None after the last.
    stop : threading.Event, optional
        Ends the work with `Stopped` when it is set.
    on_images : callable
        Receives the number of images that were just completed.

    Raises
    ------
    BadInput
        If the recipe refuses one draw after another.
    """
    space = work.workspace(work.recipe, work.threads)
    fresh: list[Candidate] = []  # to be probed
    ready: list[Candidate] = []  # past the probe
    missing: dict[int, int] = {}  # images that a part still lacks, by its start
    more = True
    while True:
        while more and len(fresh) + len(ready) < space.lanes:
            bounds = next_bounds()
            more = bounds is not None
            if bounds is not None:
                part = Part(*bounds)
                fresh += [Candidate(part, row) for row in range(part.stop - part.start)]
                missing[part.start] = part.stop - part.start
        if not (fresh or ready):
            return
        if stop is not None and stop.is_set():
            raise Stopped
        if fresh and len(ready) < space.lanes:
            fresh = _probe(space, fresh, ready, work.given)
            continue
        group, ready = ready[: space.lanes], ready[space.lanes :]
        accepted = _render(space, group, fresh, work)
        on_images(len(accepted))
        for candidate in accepted:
            missing[candidate.part.start] -= 1
            if missing[candidate.part.start] == 0:
                del missing[candidate.part.start]
                yield candidate.part


def _probe(
    space: Workspace, fresh: list[Candidate], ready: list[Candidate], given: np.ndarray | None
) -> list[Candidate]:
    """Draw for every fresh candidate; move those that pass to `ready` and return the others."""
    recipe = space.recipe
    index = np.array([c.part.start + c.row for c in fresh])
    if given is not None:
        params = given[index]
    else:
        params = draw_parameters(recipe, index, np.array([c.attempt for c in fresh]))
    again = []
    for start in range(0, len(fresh), space.group):
        stop = start + space.group
        group, rows = fresh[start:stop], params[start:stop]
        if recipe.refusals and recipe.probe_steps:
            passes = space.probe(rows) >= recipe.probe_minimum
        else:
            passes = np.ones(len(group), bool)
        for candidate, row, good in zip(group, rows, passes, strict=True):
            if good:
                candidate.part.columns["params"][candidate.row] = row
                ready.append(candidate)
            else:
                candidate.refuse(PROBE)
                again.append(candidate)
    return again


def _render(
    space: Workspace,
    group: list[Candidate],
    fresh: list[Candidate],
    work: Work,
) -> list[Candidate]:
    """Render a group; store what is kept and return it, put the refused back to `fresh`."""
    recipe = space.recipe
    params = np.stack([c.part.columns["params"][c.row] for c in group])
    space.render(params)
    space.measure()
    by_part: dict[int, list[tuple[int, Candidate]]] = {}  # lanes by part
    for lane, candidate in enumerate(group):
        if recipe.refusals and space.visited[lane] < recipe.minimum:
            candidate.refuse(VISITED)
            fresh.append(candidate)
        elif recipe.refusals and space.cycle[lane]:
            candidate.refuse(CYCLE)
            fresh.append(candidate)
        else:
            by_part.setdefault(candidate.part.start, []).append((lane, candidate))
    space.shade(np.array([lane for members in by_part.values() for lane, _ in members], np.int64))
    for members in by_part.values():
        part = members[0][1].part
        lanes, rows = [lane for lane, _ in members], [candidate.row for _, candidate in members]
        for lane, row in zip(lanes, rows, strict=True):
            part.chunks[row] = work.pack(space.levels[lane])
            if work.counts:
                part.counts[row] = work.pack(space.counts[lane])
        digests = [image_digest(params[lane], space.levels[lane]) for lane in lanes]
        part.columns["sha256"][rows] = np.frombuffer(b"".join(digests), np.uint8).reshape(-1, 32)
        for name in ("visited", "lyapunov", "cycle", "extent"):
            part.columns[name][rows] = getattr(space, name)[lanes]
    return [candidate for members in by_part.values() for _, candidate in members]


Working = contextlib.AbstractContextManager[Callable[[], bool]]  # see `at_work`


@dataclass(frozen=True)
class Listeners:
    """Callbacks that are called, in any thread, while a crew makes shards.

    on_part: gets each part that is made in this process; on_images: the number of images that are
    complete since the last call.
    """

    on_part: Callable[[Part], None] = lambda part: None
    on_images: Callable[[int], None] = lambda n: None


@contextlib.contextmanager
def at_work(
    work: Work,
    shards: list[Bounds],
    on_part: Callable[[Part], None],
    *,
    on_images: Callable[[int], None] = lambda n: None,
) -> Iterator[Callable[[], bool]]:
    """Make all shards on `work.threads` threads while the body runs; wait for them at its end.

    on_part and on_images are called in the threads. Gives a function that says whether any
    thread is still at work and raises the first error of one. An error, or an interrupt of the
    body, stops all threads within one group of images.
    """
    todo: queue.SimpleQueue[Bounds] = queue.SimpleQueue()
    for bounds in shards:
        todo.put(bounds)
    stop = threading.Event()
    errors: list[BaseException] = []

    def next_bounds() -> Bounds | None:
        try:
            return todo.get_nowait()
        except queue.Empty:
            return None

    def run() -> None:
        try:
            for part in make_parts(work, next_bounds, stop=stop, on_images=on_images):
                on_part(part)
        except Stopped:
            pass
        except BaseException as error:
            errors.append(error)
            stop.set()

    workers = [threading.Thread(target=run) for _ in range(min(work.threads, len(shards)))]

    def working() -> bool:
        if errors:
            raise errors[0]
        return any(worker.is_alive() for worker in workers)

    try:
        for worker in workers:
            worker.start()
        yield working
        while working():
            time.sleep(0.01)
        working()  # the last thread may have ended with an error
    finally:
        stop.set()
        for worker in workers:
            if worker.ident is not None:
                worker.join()
