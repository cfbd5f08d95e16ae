"""A published data set brought back, whole and checked, or not at all."""

import contextlib
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fractaldream_base.errors import BadInput
from fractaldream_base.files import file_digest
from fractaldream_base.locks import held
from fractaldream_base.text_result import TextResult

from ..production import verification
from . import staging
from .client import connect, talking
from .description import KAGGLE_METADATA, SUMS
from .options import CheckOptions

REF = "ref"  # in the folder of a download: what it is of
LOCK = "lock"  # there too: held by the process that downloads


class NotAsPublished(BadInput):
    """Raised for a download that is not what was published, so that nothing of it is kept."""


@dataclass(frozen=True)
class Fetched(TextResult):
    """The files that were fetched.

    files: with a checksum that agrees; rendered: images rendered again and found the same, bit for
    bit.
    """

    folder: str
    files: int
    bytes: int
    rendered: int

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        again = f", {self.rendered} images rendered again, every bit the same"
        return (
            f"{self.folder}: {self.files} files, {self.bytes / 1e6:.1f} MB, checksums agree"
            + again * bool(self.rendered)
        )


def fetch(
    ref: str,
    folder: str | Path | None = None,
    *,
    checking: CheckOptions = CheckOptions(),
    progress: bool = False,
) -> Fetched:
    """Fetch a published data set from Kaggle, whole and checked, or not at all.

    Every file must have the checksum that was published, and images must come out the same when
    they are rendered again. Until then all lies in FOLDER.parts, from which the next call goes on
    with the download.

    Parameters
    ----------
    ref : str
        OWNER/SLUG, or OWNER/SLUG/VERSION.
    folder : str or Path, optional
        New folder. Default: SLUG.
    checking : CheckOptions
        How many images of each data set file are rendered again.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    Fetched
        What was brought back.

    Raises
    ------
    BadInput
        If it is not what was published, or cannot be downloaded.
    """
    ref_parts = ref.split("/")
    if not 2 <= len(ref_parts) <= 3 or not all(ref_parts) or any(c.isspace() for c in ref):
        raise BadInput(f"{ref!r}: give OWNER/SLUG, as in the address of the data set's page")
    if len(ref_parts) == 3 and not ref_parts[2].isdecimal():
        raise BadInput(f"{ref!r}: give OWNER/SLUG or OWNER/SLUG/VERSION, a number")
    verification.check_sample(checking.sample)  # before a long download, not after it
    folder = Path(ref_parts[1] if folder is None else folder)
    if folder.exists():
        raise BadInput(f"{folder}: exists; give another folder with --out")
    if not folder.absolute().parent.is_dir():
        raise BadInput(f"{folder.absolute().parent}: no such folder; make it first")
    parts = folder.with_name(f"{folder.name}.parts")
    check_ours(parts)
    busy = (
        f"{parts}: another process downloads there; wait for it, or give another folder with --out"
    )
    with staging.disk_errors(folder), held(parts / LOCK, busy):
        return fetch_into(folder, parts, ref, checking, progress)


def fetch_into(
    folder: Path, parts: Path, ref: str, checking: CheckOptions, progress: bool
) -> Fetched:
    """Fetch a data set into a new folder, with what was downloaded in `parts`. Raises BadInput."""
    if folder.exists():  # made by another process, since it was looked for
        remove(parts)
        raise BadInput(f"{folder}: exists; give another folder with --out")
    begin(parts, ref)
    try:
        archive = download(ref, parts, ref.split("/")[1], progress)
        unpacked = parts / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        unpack(archive, unpacked, ref)
        try:
            files = check_sums(unpacked, ref)
            rendered = sum(
                check_images(path, ref, checking, progress)
                for path in sorted(unpacked.glob("*.h5"))
            )
        except NotAsPublished:
            remove(parts)
            raise
    except BaseException:
        shutil.rmtree(parts / "unpacked", ignore_errors=True)
        if {path.name for path in parts.glob("*")} <= {REF, LOCK}:  # nothing was downloaded yet
            remove(parts)
        raise
    size = sum(path.stat().st_size for path in unpacked.rglob("*") if path.is_file())
    unpacked.rename(folder)
    remove(parts)
    return Fetched(str(folder), files, size, rendered)


def check_ours(parts: Path) -> None:
    """Refuse a folder that holds something else than a download of ours. Raises BadInput.

    Another process may fill or remove the folder meanwhile: at every moment it is empty, holds the
    lock alone, or has its note.
    """
    try:
        names = {path.name for path in parts.iterdir()}
    except FileNotFoundError:
        return
    except NotADirectoryError:
        raise BadInput(f"{parts}: a file; move it, or give another folder with --out") from None
    if names - {LOCK} and REF not in names:
        raise BadInput(f"{parts}: no download of ours; move it, or give another folder with --out")


def begin(parts: Path, ref: str) -> None:
    """Let `parts`, whose lock is held, hold what was downloaded of `ref` and nothing else."""
    note = parts / REF
    if note.is_file() and note.read_text(encoding="utf-8") == ref:
        return
    empty(parts)
    note.write_text(ref, encoding="utf-8")


def empty(parts: Path) -> None:
    """Remove all but the lock and the note from the folder of a download."""
    for path in parts.iterdir():
        if path.name in (LOCK, REF):  # the note last: without it the folder is not ours
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def remove(parts: Path) -> None:
    """Remove the folder of a download, whose lock is held; its note after all that it covers."""
    with contextlib.suppress(OSError):
        empty(parts)
        (parts / REF).unlink(missing_ok=True)
        shutil.rmtree(parts)


def download(ref: str, parts: Path, slug: str, progress: bool) -> Path:
    """Download the whole data set as one archive, by the client, which goes on with one it began.

    The client takes any archive there that is as large and as new for the one it is asked for;
    without a version in `ref` that may be an older one, so only what it marked as begun is used.
    """
    archive = parts / f"{slug}.zip"
    begun = archive.with_name(f"{archive.name}.kaggle-partial").exists()
    force = ref.count("/") == 1 and not begun
    with talking("fetch", parts) as screen:
        client: Any = connect(anonymous=True)
        with contextlib.redirect_stderr(screen if progress else sys.stderr):
            try:
                client.dataset_download_files(ref, str(parts), force=force, quiet=not progress)
            except ValueError as error:
                if isinstance(error, BadInput) or "does not match expected size" not in str(error):
                    raise
                archive.unlink(missing_ok=True)
                raise BadInput(f"{ref}: damaged on the way; run the same command again") from None
    return archive


def unpack(archive: Path, folder: Path, ref: str) -> None:
    """Unpack the archive under `folder`; remove it where it is damaged. Raises BadInput."""
    try:
        with zipfile.ZipFile(archive) as opened:
            needed = sum(member.file_size for member in opened.infolist())
            free = shutil.disk_usage(archive.parent).free
            if needed > free:
                raise BadInput(
                    f"{archive.parent}: the disk is full ({needed / 1e9:.1f} GB to unpack, "
                    f"{free / 1e9:.1f} GB free); free some space and run it again"
                )
            opened.extractall(folder)
    except (zipfile.BadZipFile, FileNotFoundError, EOFError):
        archive.unlink(missing_ok=True)
        raise BadInput(f"{ref}: damaged on the way; run the same command again") from None


def check_sums(folder: Path, ref: str) -> int:
    """Count the files with the published SHA-256; NotAsPublished unless all are there, no other.

    An archive that the site has unpacked is checked by what was in it.
    """
    if not (folder / SUMS).is_file():
        raise NotAsPublished(f"{ref}: holds no {SUMS}; fractaldream did not publish it")
    try:
        sums = staging.read_sums(folder)
    except BadInput as error:
        raise NotAsPublished(str(error)) from None
    present = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    other = sorted(present - set(sums) - {SUMS, KAGGLE_METADATA})
    if other:
        raise NotAsPublished(f"{ref}: holds {other[0]}, which {SUMS} does not name; it was changed")
    for name in sums:
        inside = name.removesuffix(".zip") + "/"
        unpacked = name.endswith(".zip") and any(each.startswith(inside) for each in present)
        packed = f"{name.split('/')[0]}.zip" in present and "/" in name
        if name not in present and not unpacked and not packed:
            raise NotAsPublished(f"{ref}: lacks {name}; it is not complete on the site")
        if name in present and file_digest(folder / name) != sums[name]:
            raise NotAsPublished(f"{ref}: {name} does not have the checksum that was published")
    return len(present & set(sums))


def check_images(path: Path, ref: str, checking: CheckOptions, progress: bool) -> int:
    """Return how many images were rendered again; NotAsPublished where one differs."""
    result = verification.verify(
        path, sample=checking.sample, threads=checking.threads, progress=progress
    )
    if not result.passed:
        difference = f"image {result.different[0]} comes" if result.different else "its hashes come"
        raise NotAsPublished(
            f"{ref}: {difference} out otherwise when rendered again; it is not what it says"
        )
    return result.compared
