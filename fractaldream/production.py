"""The main job: a recipe to a dataset file, on all cores, restartable at any moment.

Threads (`shards`), or workers elsewhere (`cluster`), take shards of consecutive images. A shard
gets its name when it is complete, and is copied, chunk by raw chunk, into one file that is renamed
to the name asked for at the end. Everything until then lies in the folder OUT.parts, from which
`resume` goes on. A virtual file is made of the columns alone and points at its shards, which then
stay in OUT.shards.
"""

import contextlib
import dataclasses
import errno
import hashlib
import importlib.util
import json
import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from . import dataset
from .dataset import Dataset, Part
from .errors import BadInput
from .files import replacing
from .params import check_params
from .progress import progress_bar
from .recipe import Recipe
from .rendering import Workspace, thread_count
from .shards import at_work, shard_path

SHARD = 960  # images at most; a kill costs each thread less than one shard
NOTICE = 60  # seconds until a file that a worker wrote is surely seen through shared storage
AT_HAND = 8  # complete shards kept in memory at most until they are assembled, 6 MB each
# A file's share of its raw size, from above: 50,000 default images come to 0.39, `log` tone and
# counts to less than their raw size
LEVEL_SHARE, COUNT_SHARE = 0.6, 0.6


@dataclass(frozen=True)
class RenderResult:
    """What `render` did. refused: draws refused, by reason; seconds: of this run alone."""

    path: str
    images: int
    content_sha256: str
    refused: dict[str, int]
    rendered: int
    seconds: float


def render(
    recipe: Recipe,
    out: str | Path,
    *,
    params: np.ndarray | None = None,
    start: int = 0,
    stop: int | None = None,
    counts: bool = False,
    threads: int | None = None,
    virtual: bool = False,
    scheduler: str | None = None,
    workers: int | None = None,
    device: str = "cpu",
    resume: bool = False,
    force: bool = False,
    progress: bool = False,
) -> RenderResult:
    """Render images start to stop (default: all n) of a recipe into the dataset file `out`.

    params: the rows (n, 6) of the law `params`, in their order. counts: store raw visit counts
    as well. virtual: leave levels and counts in shards, in the folder OUT.shards. scheduler: the
    address of a Dask scheduler whose workers render, all of which see the folder of `out` under
    the same name; workers: start so many on this machine instead, of `threads` threads each; in a
    script, their processes need the call below `if __name__ == "__main__":`.
    device: cpu, or cuda to run the orbits on this machine's GPU and pack on `threads` threads.
    resume: go on with what an interrupted run left beside `out`. force: replace `out`, once the
    new file is complete, and throw away an interrupted run. progress: on stderr.
    Raises BadInput; what is complete by then stays in the folder OUT.parts or OUT.shards.
    """
    began = time.monotonic()
    out = Path(out)
    recipe, given = _with_params(recipe, params)
    stop = recipe.n if stop is None else stop
    if not 0 <= start < stop <= recipe.n:
        raise BadInput(f"images {start} to {stop}: give 0 <= start < stop <= n = {recipe.n}")
    if out.is_dir():
        raise BadInput(f"{out}: a folder; give the name of a file")
    if out.exists() and not force:
        if resume:
            return _already_there(out, recipe, start, stop)
        raise BadInput(f"{out}: exists; choose another name or add --force to replace it")
    if _is_virtual(out):
        raise BadInput(
            f"{out}: a virtual file over {out}.shards; remove both first, or choose another name"
        )
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent}: no such folder; make it first")
    other = parts_folder(out, not virtual)
    if resume and other.exists() and not parts_folder(out, virtual).exists():
        raise BadInput(
            f"{other}: left by a run {'without' if virtual else 'with'} --virtual; resume it so"
        )
    elsewhere = scheduler is not None or workers is not None
    workspace = _workspace(device, elsewhere, recipe, threads)
    copied = 0 if virtual else stop - start
    _check_space(out, recipe, stop - start, copied, counts)
    with contextlib.ExitStack() as ending:
        crew = None
        if elsewhere:
            from .cluster import connect

            crew = ending.enter_context(connect(scheduler, workers, threads))
            threads = crew.threads
        else:
            threads = thread_count(threads)
        parts = parts_folder(out, virtual)
        step = max(1, min(SHARD, -(-(stop - start) // threads)))
        if virtual:
            step = max(step, -(-(stop - start) // dataset.MAX_SHARDS))
        plan = {
            "recipe": json.loads(recipe.to_json()),
            "start": start,
            "stop": stop,
            "shard": step,
            "counts": counts,
            "format_version": dataset.FORMAT_VERSION,
        }
        step = ending.enter_context(_locked_parts(parts, plan, resume=resume, force=force))
        ending.enter_context(_disk_errors(out))
        bounds = [(i, min(i + step, stop)) for i in range(start, stop, step)]
        names = {each: shard_path(parts, each[0]) for each in bounds}
        todo = [each for each in bounds if not complete(names[each], recipe, each, counts)]
        for each in todo:
            names[each].unlink(missing_ok=True)  # damaged; the assembly takes what has its name
        missing = sum(b - a for a, b in todo)
        _check_space(out, recipe, stop - start, copied + missing, counts)
        on_images = ending.enter_context(
            progress_bar(progress, stop - start, "rendering", " images", stop - start - missing)
        )
        at_hand: dict[tuple[int, int], Part] = {}  # spares reading again what was just written

        def store(part: Part) -> None:
            each = part.start, part.stop
            if len(at_hand) < AT_HAND and not virtual:
                at_hand[each] = part
            with replacing(names[each]) as beside:
                beside.write_bytes(dataset.part_bytes(recipe, part, counts))

        if crew is not None:
            at_it = crew.at_work(
                recipe, todo, parts, given=given, counts=counts, on_images=on_images
            )
        else:
            at_it = at_work(
                recipe, todo, store, threads=threads, given=given, counts=counts,
                on_images=on_images, workspace=workspace,
            )  # fmt: skip
        whole = parts / "assembled"
        with at_it as working:
            content = _assemble(names, at_hand, whole, out, recipe, counts, virtual, working)
        whole.replace(out)
        if virtual:
            for path in parts.iterdir():
                if path not in names.values() and path.name != "plan.json":
                    path.unlink()
    if not virtual:
        shutil.rmtree(parts, ignore_errors=True)
    with Dataset(out) as made:
        refused = dict(zip(dataset.REFUSALS, made.refused.sum(0, dtype=int).tolist(), strict=True))
    return RenderResult(str(out), stop - start, content, refused, missing, time.monotonic() - began)


def _workspace(
    device: str, elsewhere: bool, recipe: Recipe, threads: int | None
) -> type[Workspace]:
    """Where orbits are run. BadInput where that cannot be."""
    if device == "cpu":
        return Workspace
    if device != "cuda":
        raise BadInput(f"device = {device!r}: choose cpu or cuda")
    if elsewhere:
        raise BadInput("--device cuda: is of this machine; leave out --scheduler and --workers")
    if importlib.util.find_spec("numba_cuda") is None:
        raise BadInput(
            "--device cuda needs numba-cuda; install it with: pip install 'fractaldream[cuda]'"
        )
    from . import gpu

    gpu.refuse_unfit(recipe, thread_count(threads))
    return gpu.Workspace


def parts_folder(out: Path, virtual: bool) -> Path:
    """Where the shards of an unfinished file lie, and those of a virtual one for good."""
    return Path(f"{out}.shards" if virtual else f"{out}.parts")


def _is_virtual(out: Path) -> bool:
    try:
        with h5py.File(out, "r") as file:
            return "images" in file and bool(file["images"].is_virtual)
    except OSError:
        return False


def _with_params(recipe: Recipe, params: np.ndarray | None) -> tuple[Recipe, np.ndarray | None]:
    """The recipe completed by the hash of the given rows, and the rows."""
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


def _already_there(out: Path, recipe: Recipe, start: int, stop: int) -> RenderResult:
    with Dataset(out) as there:
        index = there.index
        same = there.recipe == recipe and len(index) == stop - start and index[0] == start
        if not same:
            raise BadInput(f"{out}: is of another recipe; choose another name or add --force")
        refused = dict(zip(dataset.REFUSALS, there.refused.sum(0, dtype=int).tolist(), strict=True))
    shutil.rmtree(f"{out}.parts", ignore_errors=True)
    return RenderResult(str(out), len(index), there.content_sha256, refused, 0, 0.0)


@contextlib.contextmanager
def _locked_parts(parts: Path, plan: dict[str, Any], *, resume: bool, force: bool) -> Iterator[int]:
    """The folder of parts, ours alone; gives the shard size that its plan says.

    When the body fails before any shard is complete, the folder goes again.
    """
    try:
        parts.mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{parts}: cannot be made ({error.strerror}); choose another --out"
        ) from None
    with (parts / "lock").open("w") as lock:
        _lock(lock.fileno(), parts)
        written = parts / "plan.json"
        if force and not resume:
            for path in parts.iterdir():
                if path.name != "lock":
                    path.unlink()
        if written.exists():
            if not resume:
                raise BadInput(
                    f"{parts}: left by an interrupted run; "
                    "add --resume to go on or --force to start over"
                )
            old = json.loads(written.read_text())
            if {**old, "shard": 0} != {**plan, "shard": 0}:
                raise BadInput(
                    f"{parts}: of another recipe; render as then, or add --force to start over"
                )
            plan = old
        try:
            with replacing(written) as beside:
                beside.write_text(json.dumps(plan, indent=1))
            yield plan["shard"]
        except BaseException:
            if not any(parts.glob("shard-*.h5")):
                shutil.rmtree(parts, ignore_errors=True)
            raise


def _lock(descriptor: int, parts: Path) -> None:
    try:
        import fcntl
    except ImportError:  # Windows, where an open file cannot be replaced anyway
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            raise BadInput(f"{parts}: another render is at work there; wait for it") from None
        # a file system without locks: go on without


def complete(name: Path, recipe: Recipe, bounds: tuple[int, int], counts: bool) -> bool:
    """Whether a shard is there, whole, and of this run."""
    if not name.exists():
        return False
    try:
        with dataset.open_file(name) as file:
            return _is_of(file, recipe, bounds, counts)
    except BadInput:
        return False


def _is_of(shard: h5py.File, recipe: Recipe, bounds: tuple[int, int], counts: bool) -> bool:
    """False for a shard that a worker of an earlier run was still at when that was thrown away."""
    return (
        np.array_equal(shard["index"][:], np.arange(*bounds))
        and Recipe.from_json(str(shard.attrs["recipe"])) == recipe
        and ("counts" in shard) == counts
    )


def _check_space(out: Path, recipe: Recipe, images: int, written: int, counts: bool) -> None:
    """BadInput unless `written` images fit: shards still to be made, and the assembled file."""
    raw = recipe.size**2 * (LEVEL_SHARE + (4 * COUNT_SHARE if counts else 0)) + 500
    needed = int(raw * written) + 2**20
    free = shutil.disk_usage(out.parent).free
    if free < needed:
        raise BadInput(
            f"{out.parent.resolve()}: {free / 1e9:.3g} GB free, but {images} images need about "
            f"{needed / 1e9:.3g} GB while they are made; free some or choose another --out"
        )


@contextlib.contextmanager
def _disk_errors(out: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        code = getattr(error, "errno", None)
        if code in (errno.ENOSPC, errno.EDQUOT) or f"errno = {errno.ENOSPC}" in str(error):
            raise BadInput(
                f"{out.parent.resolve()}: the disk is full; free some space and add --resume, "
                "what is complete is kept"
            ) from None
        raise


def _assemble(
    names: dict[tuple[int, int], Path],
    at_hand: dict[tuple[int, int], Part],
    whole: Path,
    out: Path,
    recipe: Recipe,
    counts: bool,
    virtual: bool,
    working: Callable[[], bool],
) -> str:
    """One file of all shards, each copied as soon as it and those before it are there.

    Returns the content hash once the file is complete and on the disk.
    """
    sizes = {bounds: bounds[1] - bounds[0] for bounds in names}
    linked = [(f"{names[b].parent.name}/{names[b].name}", n) for b, n in sizes.items()]
    with h5py.File(whole, "w", libver="v110") as file:
        dataset.create(file, recipe, sum(sizes.values()), counts, linked if virtual else ())
        row = 0
        for bounds, name in names.items():
            while not name.exists() and working():
                time.sleep(0.01)
            if part := at_hand.pop(bounds, None):
                dataset.write_part(file, part, row)
            else:
                _notice(name)
                with h5py.File(name, "r") as shard:
                    if not _is_of(shard, recipe, bounds, counts):
                        raise BadInput(
                            f"{name}: written meanwhile by a worker of another run; "
                            "add --resume to make it again"
                        )
                    dataset.copy_rows(shard, file, row)
            row += sizes[bounds]
        if virtual:
            dataset.seal(file, out.parent)
        content = dataset.finish(file)
    with whole.open("rb+") as written:
        os.fsync(written.fileno())
    return content


def _notice(name: Path) -> None:
    """Wait until a shard that was written elsewhere is seen here, through any cache."""
    deadline = time.monotonic() + NOTICE
    while not name.exists():
        if time.monotonic() > deadline:
            raise BadInput(
                f"{name}: written by a worker, but not seen here after {NOTICE} s; the storage "
                "does not keep up, add --resume once it is there"
            )
        time.sleep(0.1)
