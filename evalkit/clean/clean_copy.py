"""Make the clean copy of a folder: decisions are replayed by the pixels, on anyone's copy."""

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from joblib import cpu_count

from fractaldream.datasets.pack import is_pack
from fractaldream_base.errors import BadInput
from fractaldream_base.files import reaching, write_bytes
from fractaldream_base.locks import hold
from fractaldream_base.text_result import TextResult
from fractaldream_models.data.folder_contents import pack_contents, printable

from .copies import first_copies
from .decisions import Decision, read_decisions
from .options import ApplyOptions
from .pack import check_space, holds, write_pack
from .progress import progress_bar, progress_shown
from .review_store import write_csv
from .scan import CHUNK, Listing, Reading, listing, quiet, read_key

LEFT_OUT = "left-out.csv"
LEFT_OUT_COLUMNS = ("path", "finding", "reason", "sha256")
WRITTEN = ".evalkit-clean-files"  # names what earlier runs wrote, separated by zero bytes
MARK = ".evalkit-clean"  # names the folder that a clean copy was made from


@dataclass(frozen=True)
class Applied(TextResult):
    """Result of `apply`, in numbers of images and decisions.

    Attributes
    ----------
    kept, left_out
        Numbers of files in the clean copy, and of those that are not in it.
    undecided
        Number of files that were kept because nothing was decided about them.
    strange
        Number of decisions about images that are not in the folder.
    cropped
        Number of packed images that were not square.
    classes
        Number of packed images of each class, which is the folder that they lie in; empty without
        a pack or without classes.
    note
        Why packed images have no classes although they lie in folders; else empty.
    """

    kept: int
    left_out: int
    undecided: int
    strange: int
    cropped: int
    classes: dict[str, int] = field(default_factory=dict)
    note: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return what ``--json`` prints."""
        return asdict(self)


@dataclass(frozen=True)
class _Selection:
    """The files that stay, and path, finding, reason and key of those that do not."""

    keep: list[tuple[str, Reading]]
    rest: list[tuple[str, str, str, str]]


def apply(
    folder: str | Path,
    decisions: str | Path,
    to: str | Path,
    *,
    options: ApplyOptions = ApplyOptions(),
    force: bool = False,
    progress: bool = False,
) -> Applied:
    """Copy (or link) what stays of a folder into `to`, list the rest, and pack.

    Left out are the images that were dropped, that cannot be read, links out of the folder, and of
    files with the same pixels all but one. Each file is written beside and renamed, and a file
    that is there already is not written again: an interrupted run is completed by the next.

    Parameters
    ----------
    folder
        The folder that was reviewed; it is never changed.
    decisions
        decisions.csv, as the review's page saved it.
    to
        Folder of the clean copy: new, empty, or an earlier clean copy of the same folder.
    options
        Links or copies, the packed file, and the number of processes.
    force
        Replace a pack of other images or of another size; the same pack is done already.
    progress
        Show progress on stderr.

    Returns
    -------
    Applied
        Numbers of files that were kept and left out, and of decisions about other images.

    Raises
    ------
    BadInput
        If nothing would be left, the decisions are of another folder, or a place cannot be used.
    """
    with progress_shown(progress):
        return _apply(folder, decisions, to, options, force)


def _apply(
    folder: str | Path, decisions: str | Path, to: str | Path, options: ApplyOptions, force: bool
) -> Applied:
    """Make the clean copy, see `apply`."""
    source, target = Path(folder), Path(to)
    names = listing(source)
    if not names.images:
        raise BadInput(f"{folder}: no images in this folder; give the one that was reviewed")
    decided = read_decisions(decisions)
    _check_target(source, target)
    pack = None if options.pack is None else Path(options.pack)
    _check_pack(source, target, pack)
    workers = options.workers or cpu_count()
    readings = [*_keys(source, names.images, workers)]
    keys = {r.key for r in readings}
    strange = sum(key not in keys for key in decided)
    if decided and strange == len(decided):
        raise BadInput(
            f"{decisions}: none of its {strange} decisions is about an image of {folder}; "
            "give the decisions of this folder"
        )
    selection = _select(names, readings, decided)
    keep = selection.keep
    if not keep:
        raise BadInput(f"{decisions}: nothing of {folder} would be left; keep at least one image")
    packing = pack is not None and (force or not _is_packed(pack, keep, options))
    if pack is not None and packing:
        check_space(pack, len(keep), options.size)
    _claim(source, target)
    with _alone(target):
        copied = {name for name, _ in keep}
        written = _written(target)
        _note(target, written | copied)
        _fill(source, target, [name for name, _ in keep], options.link)
        _sweep(target, copied, written | set(names.images))
        _note(target, copied)
        write_csv(target / LEFT_OUT, LEFT_OUT_COLUMNS, sorted(selection.rest))
    if pack is not None and packing:
        pairs = [(os.path.join(source, name), reading) for name, reading in keep]  # noqa: PTH118
        write_pack(pack, pairs, options.size, options.held_out, workers)
    cropped = 0 if pack is None else sum(r.width != r.height for _, r in keep)
    undecided = sum(reading.key not in decided for _, reading in keep)
    applied = Applied(len(keep), len(selection.rest), undecided, strange, cropped)
    if pack is None:
        return applied
    contents = pack_contents(source, (reading.path for _, reading in keep))
    return replace(applied, classes=contents.counts, note=contents.note)


def _is_packed(pack: Path, keep: list[tuple[str, Reading]], options: ApplyOptions) -> bool:
    """Return whether the pack is there and complete. Raises BadInput where another one is."""
    if not os.path.lexists(pack):
        return False
    if not holds(pack, [reading for _, reading in keep], options.size, options.held_out):
        raise BadInput(
            f"{pack}: exists, with other images or another size; choose another name or add "
            "--force to replace it"
        )
    return True


def _select(names: Listing, readings: list[Reading], decided: dict[str, Decision]) -> _Selection:
    """Tell the files that stay from those that do not, with the reason of each."""
    first = first_copies(readings)
    keep: list[tuple[str, Reading]] = []
    rest = [(r.path, r.faults[0].finding, r.faults[0].reason, r.key) for r in names.refused]
    rest += [(printable(name), "other", "no image by its suffix", "") for name in names.others]
    rest += [(printable(name), "other", "hidden", "") for name in names.hidden]
    for row, (name, reading) in enumerate(zip(names.images, readings, strict=True)):
        decision = decided.get(reading.key)
        if not reading.width:
            fault = reading.faults[0]
            rest.append((reading.path, fault.finding, fault.reason, reading.key))
        elif decision is not None and decision.drop:
            rest.append((reading.path, "dropped", decision.reason or "by hand", reading.key))
        elif first[row] != row:
            words = f"same pixels as {readings[first[row]].path}"
            rest.append((reading.path, "duplicate", words, reading.key))
        else:
            keep.append((name, reading))
    return _Selection(keep, rest)


def _keys(source: Path, names: list[str], workers: int) -> Iterator[Reading]:
    read = partial(read_key, folder=os.fspath(source))
    bar = partial(progress_bar, title="read", total=len(names))
    if workers < 2 or len(names) < 4 * CHUNK:
        yield from bar(map(read, names))
        return
    with ProcessPoolExecutor(workers, initializer=quiet) as pool:
        try:
            yield from bar(pool.map(read, names, chunksize=CHUNK))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _check_target(source: Path, target: Path) -> None:
    resolved_source, resolved_target = source.resolve(), target.resolve()
    if (
        resolved_source == resolved_target
        or resolved_source in resolved_target.parents
        or resolved_target in resolved_source.parents
    ):
        raise BadInput(f"{target}: overlaps {source}, which is never changed; give another --out")
    try:
        mark = target / MARK
        if target.exists() and any(target.iterdir()):
            if not mark.is_file():
                raise BadInput(f"{target}: not empty, and not a clean copy; give a new --out")
            if mark.read_bytes() != os.fsencode(resolved_source):
                raise BadInput(f"{target}: a clean copy of another folder; give a new --out")
    except OSError as error:
        raise _unusable(target, error) from error


def _claim(source: Path, target: Path) -> None:
    """Make the folder and mark whose copy it is: once nothing can be refused any more."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        if not (target / MARK).is_file():
            write_bytes(target / MARK, os.fsencode(source.resolve()))
    except OSError as error:
        raise _unusable(target, error) from error


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Keep other processes from writing the same clean copy. Raises BadInput where one does."""
    with (target / MARK).open("rb") as mark:
        hold(mark.fileno(), f"{target}: another evalkit clean apply writes it; wait for that")
        yield


def _unusable(target: Path, error: OSError) -> BadInput:
    return BadInput(f"{target}: {(error.strerror or 'unusable').lower()}; give another --out")


def _check_pack(source: Path, target: Path, pack: Path | None) -> None:
    if pack is None:
        return
    with reaching(pack, "--pack"):
        _check_place(source, target, pack)


def _check_place(source: Path, target: Path, pack: Path) -> None:
    parents = pack.resolve().parents
    if source.resolve() in parents or target.resolve() in parents:
        raise BadInput(f"{pack}: inside {source} or {target}; give a place beside them")
    if pack.suffix not in (".h5", ".hdf5"):
        raise BadInput(f"{pack}: give a name that ends in .h5")
    if pack.is_dir():
        raise BadInput(f"{pack}: a folder; give the name of a file")
    if pack.exists() and not is_pack(pack):
        raise BadInput(f"{pack}: there already, and no pack of images; give another --pack")
    if not pack.resolve().parent.is_dir():
        raise BadInput(f"{pack}: no folder {pack.parent}; make it first")


def _fill(source: Path, target: Path, names: Iterable[str], link: bool) -> None:
    """Copy with times, or link, what is not there yet."""
    for name in progress_bar([*names], "link" if link else "copy"):
        origin, copy = source.resolve() / name, target / name
        try:
            if _same(origin, copy, link):
                continue
            copy.parent.mkdir(parents=True, exist_ok=True)
            beside = copy.with_name(f".{MARK}.part")
            beside.unlink(missing_ok=True)
            if link:
                beside.symlink_to(origin)
            else:
                shutil.copy2(origin, beside)
            beside.replace(copy)
        except OSError as error:
            raise BadInput(
                f"{copy}: cannot be written ({error.strerror}); mend that and run it again"
            ) from error


def _same(origin: Path, copy: Path, link: bool) -> bool:
    if copy.is_symlink() or link:
        return link and copy.is_symlink() and copy.readlink() == origin
    if not copy.exists():
        return False
    source, copied = origin.stat(), copy.stat()
    return (source.st_size, source.st_mtime_ns) == (copied.st_size, copied.st_mtime_ns)


def _written(target: Path) -> set[str]:
    """Return the names of the files that earlier runs wrote, as far as they are noted."""
    try:
        text = (target / WRITTEN).read_bytes()
    except FileNotFoundError:
        return set()
    except OSError as error:
        raise _unusable(target, error) from error
    names = {os.fsdecode(name) for name in text.split(b"\0") if name}
    return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}


def _note(target: Path, names: set[str]) -> None:
    """Note the names of the files that this and earlier runs wrote, so that they can be removed."""
    write_bytes(target / WRITTEN, b"\0".join(os.fsencode(name) for name in sorted(names)))


def _sweep(target: Path, copied: set[str], names: Iterable[str]) -> None:
    """Remove what an earlier run kept and this one does not, also where its source is gone."""
    for name in names:
        copy = target / name
        if name not in copied and (copy.is_symlink() or copy.is_file()):
            copy.unlink()
    for beside in target.rglob(f".{MARK}.part"):
        beside.unlink()
