"""A data set file that is being made: where it goes, and the folder of its shards.

Everything that a run has rendered lies in the folder OUT.parts until the file OUT is complete; for
a virtual file it is OUT.shards, which stays. The plan in it says what the run makes, so that
`resume` goes on with that and nothing else, and a lock keeps other runs away.
"""

import contextlib
import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_base.files import is_full_disk, replacing
from fractaldream_base.locks import held, locked
from fractaldream_base.opening import open_hdf5, reading

from ..datasets import dataset
from ..recipe import Recipe
from .shards import Bounds, shard_path

# A file's share of its raw size, from above: 50,000 default images come to 0.39, `log` tone and
# counts to less than their raw size
LEVEL_SHARE, COUNT_SHARE = 0.6, 0.6
AT_WORK = "{}: another render is at work there; wait for it"


def parts_folder(out: Path, virtual: bool) -> Path:
    """Return where the shards of an unfinished file lie, and those of a virtual one for good."""
    return Path(f"{out}.shards" if virtual else f"{out}.parts")


@dataclass(frozen=True)
class Target:
    """The file that is to be made: images start to stop of a recipe."""

    out: Path
    recipe: Recipe
    start: int
    stop: int
    counts: bool
    virtual: bool

    @property
    def images(self) -> int:
        """Number of images in the file."""
        return self.stop - self.start

    @property
    def copied(self) -> int:
        """Number of images that are copied from their shards into the file."""
        return 0 if self.virtual else self.images

    @property
    def parts(self) -> Path:
        """The folder of its shards."""
        return parts_folder(self.out, self.virtual)

    def plan(self, shard: int) -> dict[str, object]:
        """Return what is to be made, in shards of so many images, in JSON's types."""
        return {
            "recipe": json.loads(self.recipe.to_json()),
            "start": self.start,
            "stop": self.stop,
            "shard": shard,
            "counts": self.counts,
            "format_version": dataset.FORMAT_VERSION,
        }

    def shards(self, size: int) -> dict[Bounds, Path]:
        """Return the files of all shards, by their bounds and in order."""
        starts = range(self.start, self.stop, size)
        bounds = [(start, min(start + size, self.stop)) for start in starts]
        return {each: shard_path(self.parts, each[0]) for each in bounds}


def check_place(target: Target, resume: bool, force: bool) -> None:
    """Raise BadInput where the file cannot be written, or something would be lost by it."""
    out = target.out
    if out.is_dir():
        raise BadInput(f"{out}: a folder; give the name of a file")
    if out.exists() and not force and not resume:
        raise BadInput(f"{out}: exists; choose another name or add --force to replace it")
    if _is_virtual(out):
        raise BadInput(
            f"{out}: a virtual file over {out}.shards; remove both first, or choose another name"
        )
    if out.exists() and not force:
        raise BadInput(
            f"{out}: not what this run makes, but damaged, of another recipe or with other "
            "options; choose another name, or add --force to --resume to replace it"
        )
    if not out.parent.is_dir():
        raise BadInput(f"{out.parent}: no such folder; make it first")
    other = parts_folder(out, not target.virtual)
    if resume and other.exists() and not target.parts.exists():
        option = "without --virtual" if target.virtual else "with --virtual"
        raise BadInput(f"{other}: left by a run {option}; resume it so")


def _is_virtual(out: Path) -> bool:
    try:
        with open_hdf5(out) as file, reading(out):
            return "images" in file and bool(file["images"].is_virtual)
    except BadInput:
        return False


def check_space(target: Target, written: int) -> None:
    """Raise BadInput unless `written` images fit: shards still to be made, the assembled file."""
    folder = target.out.parent
    raw = target.recipe.size**2 * (LEVEL_SHARE + (4 * COUNT_SHARE if target.counts else 0)) + 500
    needed = int(raw * written) + 2**20
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise BadInput(
            f"{folder.resolve()}: {free / 1e9:.3g} GB free, but {target.images} images need about "
            f"{needed / 1e9:.3g} GB while they are made; free some or choose another --out"
        )


@contextlib.contextmanager
def disk_errors(out: Path) -> Iterator[None]:
    """Raise BadInput for a full disk."""
    try:
        yield
    except (BadInput, OSError, RuntimeError) as error:  # h5py raises either for a full disk
        reason = error.__cause__ if isinstance(error, BadInput) else error
        if isinstance(reason, Exception) and is_full_disk(reason):
            raise BadInput(
                f"{out.parent.resolve()}: the disk is full; free some space and add --resume, "
                "what is complete is kept"
            ) from None
        raise


@contextlib.contextmanager
def locked_parts(parts: Path, plan: dict[str, Any], *, resume: bool, force: bool) -> Iterator[int]:
    """Hold the folder of parts for this process alone; give the shard size that its plan says.

    When the body fails before any shard is complete, the folder goes again.

    Parameters
    ----------
    parts : Path
        The folder, made where it does not exist.
    plan : dict
        What the run makes, in JSON's types; its `shard` is only used where there is no plan yet.
    resume, force : bool
        Whether to go on with what an interrupted run left, or to throw it away.

    Raises
    ------
    BadInput
        If another process holds the folder, or an interrupted run left something else in it.
    """
    try:
        parts.mkdir(exist_ok=True)
    except OSError as error:
        raise BadInput(
            f"{parts}: cannot be made ({error.strerror}); choose another --out"
        ) from None
    with held(parts / "lock", AT_WORK.format(parts)):
        if force and not resume:
            for path in parts.iterdir():
                if path.name != "lock":
                    path.unlink()
        try:
            yield _agree(parts, plan, resume)["shard"]
        except BaseException:
            if not any(parts.glob("shard-*.h5")):
                shutil.rmtree(parts, ignore_errors=True)
            raise


def clear_finished(target: Target) -> None:
    """Remove the shards of a complete file that its run was killed before it could remove.

    Shards of anything else are left alone.

    Raises
    ------
    BadInput
        If the shards are those of a later run, which is at work or was interrupted while it was
        about to replace the file.
    """
    parts, written = target.parts, target.parts / "plan.json"
    if target.virtual or not _is_plan_of(target, written):
        return
    with locked(parts / "lock", AT_WORK.format(parts)):
        if not _is_plan_of(target, written):
            return
        if written.stat().st_mtime_ns > target.out.stat().st_mtime_ns:
            raise BadInput(
                f"{parts}: left by an interrupted run that was to replace {target.out}; "
                "add --force to --resume to go on"
            )
        remove_parts(parts)


def remove_parts(parts: Path) -> None:
    """Remove a folder of parts, its plan last: by that `clear_finished` knows what a kill left."""
    for path in parts.iterdir():
        if path.name not in ("lock", "plan.json"):
            with contextlib.suppress(OSError):
                path.unlink()
    shutil.rmtree(parts, ignore_errors=True)


def _is_plan_of(target: Target, written: Path) -> bool:
    """Return whether a plan, in shards of any size, is that of the target."""
    try:
        plan = json.loads(written.read_text(encoding="utf-8"))
        return {**plan, "shard": 0} == target.plan(0)
    except (OSError, ValueError, TypeError):
        return False


def _agree(parts: Path, plan: dict[str, Any], resume: bool) -> dict[str, Any]:
    """Write the plan, or return that of the interrupted run, which must be for the same file."""
    written = parts / "plan.json"
    if written.exists():
        if not resume:
            raise BadInput(
                f"{parts}: left by an interrupted run; "
                "add --resume to go on or --force to start over"
            )
        old = json.loads(written.read_text(encoding="utf-8"))
        if {**old, "shard": 0} != {**plan, "shard": 0}:
            raise BadInput(
                f"{parts}: of another recipe; render as then, "
                "or give --force without --resume to start over"
            )
        plan = old
    with replacing(written) as beside:
        beside.write_text(json.dumps(plan, indent=1), encoding="utf-8")
    return plan
