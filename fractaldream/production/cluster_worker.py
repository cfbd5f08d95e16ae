"""The code of a Dask worker: it checks that it is fit, and writes shards to shared storage."""

import functools
import hashlib
import importlib.metadata
import platform
import secrets
import signal
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from .. import __version__
from ..datasets import dataset
from ..recipe import Recipe
from ..rendering.images import render_images
from .shards import Work, is_complete, make_parts, shard_path

ROWS = "params.npy"  # the given rows of the law `params`, in the folder of shards


@dataclass(frozen=True)
class Job:
    """The data a worker needs to make any shard of a run; `token` stands in a file of that name."""

    folder: str
    token: str
    recipe: str
    counts: bool
    version: str
    bits: str


def versions() -> dict[str, str]:
    """Return the versions that client, scheduler and workers must have in common."""
    python = ".".join(platform.python_version_tuple()[:2])
    distributed = importlib.metadata.version("distributed")
    return {"Python": python, "distributed": distributed, "fractaldream": __version__}


@functools.cache
def bits() -> str:
    """Return the SHA-256 of two small images and their exponents as this machine makes them."""
    rows = np.array([[0.1, 0.1, -0.966918, 2.879879, 0.765145, 0.744728], [0.5, 0.3, 2, 1, 0.7, 1]])
    images = render_images(rows, Recipe(iterations=2000, size=32))
    return hashlib.sha256(images.levels.tobytes() + images.lyapunov.tobytes()).hexdigest()


def look_at_storage(folder: str, token: str) -> str | None:
    """Return what is wrong with the shared folder as seen from here, None where nothing is."""
    shared = Path(folder)
    try:
        if (shared / token).read_text(encoding="utf-8") != token:
            return "holds another run's files"
        (shared / f"{token}-{secrets.token_hex(4)}").write_text(token, encoding="utf-8")
    except OSError as error:
        return f"{error.strerror or error}"
    return None


@functools.cache
def refuse_unfit(job: Job) -> None:
    """Raise BadInput where this worker, which may have come late, must not take part in a run."""
    worker = f"worker on {platform.node()}"
    if job.version != __version__:
        raise BadInput(
            f"{worker}: fractaldream {__version__} there, {job.version} here; install the same"
        )
    wrong = look_at_storage(job.folder, job.token)
    if wrong is not None:
        raise BadInput(unshared(worker, job.folder, wrong))
    if bits() != job.bits:
        raise BadInput(
            f"{worker}: does not render the same bits as this machine; run the tests of "
            "fractaldream there, and leave it out until then"
        )


def make_shard(job: Job, start: int, stop: int) -> None:
    """Write images start to stop to the shared folder, in one thread of a worker."""
    from distributed import get_worker

    refuse_unfit(job)
    folder = Path(job.folder)
    path = shard_path(folder, start)
    recipe = Recipe.from_json(job.recipe)
    if is_complete(path, recipe, (start, stop), job.counts):
        return  # made by a worker that was thought lost
    given = np.load(folder / ROWS, mmap_mode="r") if recipe.law == "params" else None
    bounds = iter([(start, stop)])
    work = Work(recipe, given, job.counts, get_worker().state.nthreads)
    for part in make_parts(work, lambda: next(bounds, None)):
        if not (folder / job.token).exists():
            return  # the run was thrown away, and another may be at work in its folder
        with replacing(path) as beside:
            beside.write_bytes(dataset.part_bytes(recipe, part, job.counts))


def dask_setup(worker: Any) -> None:
    """Ignore Ctrl-C in a new worker here, as the client ends its workers; Dask calls this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def unshared(who: str, folder: str, wrong: str) -> str:
    """Return the message for a folder that a worker cannot share."""
    return (
        f"{who}: {folder}: {wrong}; --out must lie on storage that this machine and all workers "
        "share under the same name"
    )
