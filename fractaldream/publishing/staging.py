"""The folder that is published: made beside, checked, and only then given its name."""

import contextlib
import errno
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest, is_full_disk, unfinished
from fractaldream_base.locks import locked

from . import decisions, images
from .card import hugging_face, kaggle_metadata, readme
from .croissant import json_ld
from .description import CARD, CROISSANT, KAGGLE_METADATA, SUMS, Description


def kind_of(file: str | Path) -> ModuleType:
    """Return what describes and writes a file: `images` for a data set, `decisions` for CSV."""
    file = Path(file)
    if not file.exists():
        raise BadInput(f"{file}: no such file")
    return decisions if file.suffix.lower() == ".csv" else images


def stage(
    file: str | Path,
    described: Description,
    folder: str | Path,
    *,
    check: Callable[[Path], None],
    force: bool = False,
) -> bool:
    """Make `folder` hold all that is published; False where it held just that before.

    check: sees the folder before it has its name; what it raises leaves nothing behind. A folder
    that is not a stage is never replaced, and one with files changed since only by `force`. Raises
    BadInput.
    """
    file, folder = Path(file), Path(folder)
    refuse_other(folder)
    if not force:
        refuse_changed(folder)
    with making(folder) as beside:
        fill(file, described, beside)
        if not force:
            refuse_edited_metadata(folder, beside)
        check(beside)
        # an upload that was cut off goes on with the files that it began with, as they are
        if folder.is_dir() and fingerprint(folder) == fingerprint(beside):
            return False
        replace_folder(beside, folder)
    return True


def fill(file: Path, described: Description, folder: Path) -> None:
    """Write everything that the description names into an empty folder."""
    kind = kind_of(file)
    kind.write(described, file, folder)
    data = folder / f"{described.slug}.h5"
    if kind is images:
        link_or_copy(file, data)
    if described.owner is None:
        (folder / CARD).write_text(hugging_face(described), encoding="utf-8")
    else:
        (folder / CARD).write_text(readme(described), encoding="utf-8")
        (folder / KAGGLE_METADATA).write_text(kaggle_metadata(described), encoding="utf-8")
    sums = {each.name: file_digest(folder / each.name) for each in described.files}
    sizes = {each.name: (folder / each.name).stat().st_size for each in described.files}
    (folder / CROISSANT).write_text(json_ld(described, sums, sizes), encoding="utf-8")
    sums |= {name: file_digest(folder / name) for name in (CARD, CROISSANT)}
    lines = [f"{digest}  {name}" for name, digest in sorted(sums.items())]
    for name in sorted(sums):
        if name.endswith(".zip"):
            lines += [f"{digest}  {member}" for member, digest in members(folder / name).items()]
    (folder / SUMS).write_text("\n".join(lines) + "\n", encoding="utf-8")


def members(archive: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a ZIP archive, by the name that it has once unpacked."""
    with zipfile.ZipFile(archive) as opened:
        return {
            f"{archive.stem}/{member.filename}": hashlib.sha256(opened.read(member)).hexdigest()
            for member in opened.infolist()
            if not member.is_dir()
        }


def read_sums(folder: Path) -> dict[str, str]:
    """Return the digest of each name in SHA256SUMS. Raises BadInput where it is damaged."""
    try:
        lines = (folder / SUMS).read_text(encoding="utf-8").splitlines()
        pairs = [line.split("  ", 1) for line in lines]
        if not pairs or any(len(pair) != 2 or len(pair[0]) != 64 for pair in pairs):
            raise ValueError
    except (OSError, ValueError):
        raise BadInput(
            f"{folder}: no readable {SUMS} in it; fractaldream did not stage it"
        ) from None
    return {name: digest for digest, name in pairs}


def fingerprint(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of each file in a folder."""
    return {path.name: file_digest(path) for path in folder.iterdir()}


def refuse_other(folder: Path) -> None:
    """Raise BadInput where the folder holds what no stage would."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"{folder}: a file; give the name of a folder with --stage")
    if not folder.exists() or not any(folder.iterdir()):
        return
    staged = {SUMS, KAGGLE_METADATA, *(read_sums(folder) if (folder / SUMS).exists() else ())}
    other = sorted(path.name for path in folder.iterdir() if path.name not in staged)
    if other:
        raise BadInput(
            f"{folder}: holds {other[0]}, which was not staged; move it away or give another "
            "--stage"
        )


def refuse_changed(folder: Path) -> None:
    """Raise BadInput where a staged file is no longer what was staged, such as an edited card."""
    if not (folder / SUMS).is_file():
        return
    for name, digest in read_sums(folder).items():
        if (folder / name).is_file() and file_digest(folder / name) != digest:
            raise BadInput(
                f"{folder / name}: changed since it was staged; give another --stage, or add "
                "--force to replace it"
            )


def refuse_edited_metadata(folder: Path, new: Path) -> None:
    """Raise BadInput where Kaggle's metadata were edited by hand since they were staged.

    They are not published as a file, so that SHA256SUMS cannot list them; their time tells.
    """
    old, sums = folder / KAGGLE_METADATA, folder / SUMS
    if not old.is_file() or not sums.is_file() or not (new / KAGGLE_METADATA).is_file():
        return
    later = old.stat().st_mtime_ns > sums.stat().st_mtime_ns  # they are written before the sums
    if later and old.read_bytes() != (new / KAGGLE_METADATA).read_bytes():
        raise BadInput(
            f"{old}: changed since it was staged; give another --stage, or add --force to replace "
            "it (--title, --subtitle and --licence say the same)"
        )


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes away from a stage while it is made and sent. Raises BadInput."""
    place = folder.absolute()
    if not place.parent.is_dir():
        raise BadInput(f"{folder.parent}: no such folder; make it first")
    busy = f"{folder}: another process publishes from there; wait for it, or give another --stage"
    with contextlib.ExitStack() as stack:
        with disk_errors(folder):
            stack.enter_context(locked(place.with_name(f".{place.name}.lock"), busy))
        yield


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path]:
    """Give a new folder beside `folder` to fill, gone afterwards unless it was moved.

    A full disk and the like end in BadInput.
    """
    with disk_errors(folder), unfinished(folder.absolute(), folder=True) as beside:
        yield beside


@contextlib.contextmanager
def disk_errors(folder: Path) -> Iterator[None]:
    """Raise BadInput for a full disk or a place that cannot be written to."""
    try:
        yield
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        if is_full_disk(error):
            where = folder.absolute().parent
            raise BadInput(f"{where}: the disk is full; free some space and run it again") from None
        if getattr(error, "errno", None) in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise BadInput(f"{folder}: cannot be written; give another place") from None
        raise


def replace_folder(new: Path, folder: Path) -> None:
    """Give the unfinished folder `new` the name `folder`; what had it goes once that is done."""
    old = new.with_suffix(".old.part")
    shutil.rmtree(old, ignore_errors=True)  # of a run that was killed here
    if folder.exists():
        folder.rename(old)
    new.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def link_or_copy(source: Path, target: Path) -> None:
    """Give the same bytes another name, with no second copy where the disk allows it."""
    try:
        os.link(source.resolve(), target)
    except OSError:
        shutil.copy2(source, target)
