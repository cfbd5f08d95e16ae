"""The main job: a recipe to a dataset file, on all cores, restartable at any moment.

Threads (`shards`), or workers elsewhere (`cluster`), take shards of consecutive images. A shard
gets its name when it is complete, and is copied, chunk by raw chunk, into one file that is renamed
to the name asked for at the end. Everything until then lies in a folder of its own (`unfinished`).
A virtual file is made of the columns alone and points at its shards.
"""

import contextlib
import dataclasses
import hashlib
import importlib.util
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from ..datasets import dataset
from ..datasets.dataset import Dataset, Part
from ..options import RenderOptions
from ..parameters.params import check_params
from ..progress import progress_bar
from ..recipe import Recipe
from ..rendering.images import Workspace, thread_count
from .compiling import compile_kernels
from .results import RenderResult
from .shards import Bounds, Listeners, Work, Working, at_work, is_complete, is_of, shard_path
from .unfinished import (
    Target,
    check_place,
    check_space,
    clear_finished,
    disk_errors,
    locked_parts,
    remove_parts,
)

SHARD = 960  # images at most; a kill costs each thread less than one shard
NOTICE = 60  # seconds until a file that a worker wrote is surely seen through shared storage
AT_HAND = 8  # complete shards kept in memory at most until they are assembled, 6 MB each
ASSEMBLED = "assembled"  # the file of all shards, in their folder until it is complete


def render(
    recipe: Recipe,
    out: str | Path,
    *,
    params: np.ndarray | None = None,
    options: RenderOptions = RenderOptions(),
    resume: bool = False,
    force: bool = False,
    progress: bool = False,
) -> RenderResult:
    """Render images of a recipe into a dataset file.

    Image i depends on the recipe and i alone: any threads, shards or machines give the same bytes.
    Where `out` holds exactly what would be made, nothing is rendered or written.

    Parameters
    ----------
    recipe : Recipe
        What determines the images.
    out : str or Path
        The file to write.
    params : ndarray of float64 (n, 6), optional
        The rows of the law `params`, in their order.
    options : RenderOptions
        Which images are made, what is stored, and what renders them.
    resume : bool
        Go on with what an interrupted run left beside `out`.
    force : bool
        Replace `out`, once the new file is complete, and throw away an interrupted run, unless
        `resume` is given as well.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    RenderResult

    Raises
    ------
    BadInput
        If something given cannot be used, or the disk is full. What is complete by then stays in
        the folder OUT.parts or OUT.shards.
    """
    began = time.monotonic()
    recipe, rows = _with_params(recipe, params)
    target = _target(recipe, Path(out), options)
    if target.out.is_file() and not force and _is_complete(target):
        return _already_there(target, resume)
    check_place(target, resume, force)
    work = Work(recipe, rows, options.counts, workspace=_workspace(options, recipe))
    check_space(target, target.copied)
    if options.device == "cpu" and not options.elsewhere:
        compile_kernels(recipe, progress)
    with _crew(options) as crew:
        content, rendered = _make(target, work, crew, resume, force, progress)
    with Dataset(out) as data:
        refused = _refused(data)
    seconds = time.monotonic() - began
    return RenderResult(str(out), target.images, content, refused, rendered, seconds)


class Crew(Protocol):
    """The renderer of shards: threads of this process, or workers elsewhere."""

    @property
    def threads(self) -> int:
        """Number of threads in all."""

    def at_work(
        self, work: Work, shards: list[Bounds], folder: Path, listeners: Listeners
    ) -> Working:
        """Write shards to a folder while the body runs; give whether any is still to come."""


@dataclass(frozen=True)
class Threads:
    """Threads of this process."""

    threads: int

    def at_work(
        self, work: Work, shards: list[Bounds], folder: Path, listeners: Listeners
    ) -> Working:
        """Write shards to a folder while the body runs, see `Crew`."""

        def store(part: Part) -> None:
            listeners.on_part(part)
            with replacing(shard_path(folder, part.start)) as beside:
                beside.write_bytes(dataset.part_bytes(work.recipe, part, work.counts))

        work = dataclasses.replace(work, threads=self.threads)
        return at_work(work, shards, store, on_images=listeners.on_images)


def _target(recipe: Recipe, out: Path, options: RenderOptions) -> Target:
    stop = recipe.n if options.stop is None else options.stop
    if not 0 <= options.start < stop <= recipe.n:
        raise BadInput(
            f"images {options.start} to {stop}: give 0 <= start < stop <= n = {recipe.n}"
        )
    return Target(out, recipe, options.start, stop, options.counts, options.virtual)


@contextlib.contextmanager
def _crew(options: RenderOptions) -> Iterator[Crew]:
    """Give what renders: Dask workers where they are asked for, else threads."""
    if not options.elsewhere:
        yield Threads(thread_count(options.threads))
        return
    from .cluster import connect

    with connect(options.scheduler, options.workers, options.threads) as crew:
        yield crew


def _make(
    target: Target, work: Work, crew: Crew, resume: bool, force: bool, progress: bool
) -> tuple[str, int]:
    """Make the file from its shards, those that an interrupted run left and all others.

    Returns its content hash and the number of images that had to be rendered.
    """
    parts, plan = target.parts, target.plan(_shard_size(target, crew.threads))
    with (
        locked_parts(parts, plan, resume=resume, force=force) as size,
        disk_errors(target.out),
    ):
        shards = target.shards(size)
        todo = [b for b, p in shards.items() if not is_complete(p, work.recipe, b, work.counts)]
        for bounds in todo:
            shards[bounds].unlink(missing_ok=True)  # damaged; the assembly takes what has its name
        missing = sum(stop - start for start, stop in todo)
        check_space(target, target.copied + missing)
        at_hand: dict[Bounds, Part] = {}  # spares reading again what was just written

        def keep(part: Part) -> None:
            if len(at_hand) < AT_HAND and not target.virtual:
                at_hand[part.start, part.stop] = part

        already = target.images - missing
        with (
            progress_bar(progress, target.images, "rendering", " images", already) as advance,
            crew.at_work(work, todo, parts, Listeners(keep, advance)) as working,
        ):
            content = _assemble(target, shards, at_hand, working)
        (parts / ASSEMBLED).replace(target.out)
        if target.virtual:
            for path in parts.iterdir():
                if path not in shards.values() and path.name != "plan.json":
                    path.unlink()
        else:  # while no other run can begin there
            remove_parts(parts)
    return content, missing


def _shard_size(target: Target, threads: int) -> int:
    """Return how many images a shard holds, so that so many threads have something to do."""
    size = max(1, min(SHARD, -(-target.images // threads)))
    return max(size, -(-target.images // dataset.MAX_SHARDS)) if target.virtual else size


def _workspace(options: RenderOptions, recipe: Recipe) -> type[Workspace]:
    """Return where orbits are run. Raises BadInput where that cannot be."""
    if options.device == "cpu":
        return Workspace
    if options.device != "cuda":
        raise BadInput(f"device = {options.device!r}: choose cpu or cuda")
    if options.elsewhere:
        raise BadInput("--device cuda: is of this machine; leave out --scheduler and --workers")
    if importlib.util.find_spec("numba_cuda") is None:
        raise BadInput(
            "--device cuda needs numba-cuda; install it with: pip install 'fractaldream[cuda]'"
        )
    from ..rendering import gpu

    gpu.refuse_unfit(recipe, thread_count(options.threads))
    return gpu.Workspace


def _with_params(recipe: Recipe, params: np.ndarray | None) -> tuple[Recipe, np.ndarray | None]:
    """Return the recipe completed by the hash of the given rows, and the rows."""
    if (params is not None) != (recipe.law == "params"):
        raise BadInput("the law params and parameter rows go together: give both or neither")
    if params is None:
        return recipe, None
    rows = check_params(params)
    if not len(rows):
        raise BadInput("parameters: no rows; give at least one")
    digest = hashlib.sha256(rows.astype("<f8").tobytes()).hexdigest()
    if recipe.params_sha256 not in (None, digest):
        raise BadInput("these are not the parameter rows of the recipe: their SHA-256 differs")
    return dataclasses.replace(recipe, n=len(rows), params_sha256=digest), rows


def _is_complete(target: Target) -> bool:
    """Return whether the file holds exactly what would be made."""
    try:
        with Dataset(target.out) as data:
            held = (len(data), int(data.index[0]), data.has_counts, data.is_virtual)
    except BadInput:
        return False
    wanted = (target.images, target.start, target.counts, target.virtual)
    return data.recipe == target.recipe and held == wanted


def _already_there(target: Target, resume: bool) -> RenderResult:
    """Return what is in the file, which an earlier run finished."""
    # without --resume, a run that is to replace the file is no concern of this one
    with contextlib.nullcontext() if resume else contextlib.suppress(BadInput):
        clear_finished(target)
    with Dataset(target.out) as data:
        return RenderResult(
            str(target.out), len(data), data.content_sha256, _refused(data), 0, 0.0,
            already_complete=True,
        )  # fmt: skip


def _refused(data: Dataset) -> dict[str, int]:
    """Return the number of refused draws, by reason."""
    return dict(zip(dataset.REFUSALS, data.refused.sum(0, dtype=int).tolist(), strict=True))


def _assemble(
    target: Target,
    shards: dict[Bounds, Path],
    at_hand: dict[Bounds, Part],
    working: Callable[[], bool],
) -> str:
    """Copy all shards into one file, each as soon as it and those before it are there.

    Returns the content hash once the file is complete and on the disk.
    """
    recipe, counts = target.recipe, target.counts
    linked = [(f"{p.parent.name}/{p.name}", stop - start) for (start, stop), p in shards.items()]
    whole = target.parts / ASSEMBLED
    with h5py.File(whole, "w", libver="v110") as file:
        dataset.create(file, recipe, target.images, counts, linked if target.virtual else ())
        for bounds, path in shards.items():
            row = bounds[0] - target.start
            while not path.exists() and working():
                time.sleep(0.01)
            if part := at_hand.pop(bounds, None):
                dataset.write_part(file, part, row)
                continue
            _notice(path)
            with h5py.File(path, "r") as shard:
                if not is_of(shard, recipe, bounds, counts):
                    raise BadInput(
                        f"{path}: written meanwhile by a worker of another run; "
                        "add --resume to make it again"
                    )
                dataset.copy_rows(shard, file, row)
        if target.virtual:
            dataset.seal(file, target.out.parent)
        content = dataset.finish(file)
    with whole.open("rb+") as written:
        os.fsync(written.fileno())
    return content


def _notice(path: Path) -> None:
    """Wait until a shard that was written elsewhere is seen here, through any cache."""
    deadline = time.monotonic() + NOTICE
    while not path.exists():
        if time.monotonic() > deadline:
            raise BadInput(
                f"{path}: written by a worker, but not seen here after {NOTICE} s; the storage "
                "does not keep up, add --resume once it is there"
            )
        time.sleep(0.1)
