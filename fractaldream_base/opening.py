"""Open files for reading, and say in one line why a file cannot be opened.

What is told apart is what the mend depends on: a file that is in use or may not be read is intact,
and nobody should copy it again, let alone make it again.
"""

import contextlib
import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .errors import BadInput

HDF5 = b"\x89HDF\r\n\x1a\n"
FORMATS = {  # first bytes of files that are given by mistake
    HDF5: "an HDF5 file",
    b"PK\x03\x04": "a ZIP file, as checkpoints are",
    b"\x1f\x8b": "a gzip file",
    b"\x89PNG": "a PNG image",
    b"\xff\xd8\xff": "a JPEG image",
    b"GIF8": "a GIF image",
    b"\x93NUMPY": "an array of NumPy",
    b"SQLite f": "an SQLite database",
    b"%PDF": "a PDF file",
    b"<!DOCTYP": "a web page",
    b"<html": "a web page",
    b"version ": "a pointer of Git LFS",
}


def reason_of(error: OSError) -> tuple[str, str]:
    """Return why the system does not open or read a file, and the mend."""
    code = error.errno or _code_of_hdf5(error)
    if code in (errno.ENOENT, errno.ENOTDIR):
        return "no such file", "check the path"
    if code in (errno.EACCES, errno.EPERM):
        return "permission denied", "allow reading it"
    if code in (errno.EAGAIN, errno.EWOULDBLOCK, errno.EBUSY, errno.ETXTBSY):
        return "in use by another program that writes it", "close it there and try again"
    if code in (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP):
        return (
            "its file system has no locks",
            "set HDF5_USE_FILE_LOCKING=FALSE where no program writes it",
        )
    if code == errno.EMFILE:
        return "too many files are open", "raise the limit of open files (ulimit -n)"
    if code == errno.ELOOP:
        return "a loop of links", "give the file itself"
    if code == errno.ENAMETOOLONG:
        return "its name is too long", "check the path"
    words = (os.strerror(code) if code else type(error).__name__).lower()
    return f"cannot be read ({words})", "check the disk"


def read_head(path: str | Path, size: int = 8) -> bytes:
    """Return the first bytes of a regular file. Raises BadInput where it cannot be read."""
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - opening a pipe would wait for its writer
        if stat.S_ISDIR(mode):
            raise BadInput(f"{path}: a folder; give a file")
        if not stat.S_ISREG(mode):
            raise BadInput(f"{path}: not a regular file; give a file")
        with open(path, "rb") as file:  # noqa: PTH123 - a name may be bytes that are no text
            return file.read(size)
    except OSError as error:
        reason, mend = reason_of(error)
        raise BadInput(f"{path}: {reason}; {mend}") from error


def other_format(head: bytes, expected: str) -> str:
    """Return in words that a file is not of the expected format, and of which it is."""
    if not head:
        return f"empty, not {expected}"
    matching = (words for first, words in FORMATS.items() if head.startswith(first))
    kind = next(matching, "" if any(head) else "zeros")
    return f"{kind}, not {expected}".removeprefix(", ")


def open_hdf5(path: str | Path, **options: Any) -> Any:
    """Open an HDF5 file for reading.

    Parameters
    ----------
    path
        The file.
    options
        Further arguments of `h5py.File`.

    Raises
    ------
    BadInput
        If it is missing, may not be read, is in use, has another format, is truncated or damaged,
        or was written by a newer version of HDF5.
    """
    import h5py

    head = read_head(path)
    try:
        return h5py.File(path, "r", **options)
    except OSError as error:
        words = " ".join(str(error).split())
        if cut := re.search(r"truncated file: eof = (\d+).*stored_eof = (\d+)", words):
            have, whole = (int(size) for size in cut.groups())
            reason, mend = f"truncated, {have:,} of {whole:,} bytes are there", "copy it again"
        elif "already open for write" in words:
            reason = "in use by another program that writes it, or left so by one that was killed"
            mend = "close it there and try again"
        elif re.search("bad superblock version|bad version number|wrong version", words):
            reason, mend = "written by a newer version of HDF5, or damaged", "update h5py"
        elif _code_of_hdf5(error):
            reason, mend = reason_of(error)
        elif head == HDF5:
            reason, mend = f"a damaged HDF5 file ({words[:100]})", "copy it again"
        else:
            reason, mend = (
                other_format(head, "an HDF5 file"),
                "give a data set file (.h5)",
            )
        raise BadInput(f"{path}: {reason}; {mend}") from error


def file_name(stored: str) -> str:
    """Return a file name that HDF5 stores in UTF-8 as this system spells it, under any locale."""
    return os.fsdecode(stored.encode("utf-8", "surrogateescape"))


@contextlib.contextmanager
def reading(path: str | Path) -> Iterator[None]:
    """Raise BadInput where the body meets a damaged part of an HDF5 file that could be opened."""
    try:
        yield
    except (OSError, RuntimeError, KeyError) as error:  # h5py raises any of them
        if isinstance(error, RuntimeError) and "memory" in str(error):  # as torch says it
            raise
        if isinstance(error, OSError) and _code_of_hdf5(error):
            reason, mend = reason_of(error)
        else:
            reason, mend = f"damaged ({' '.join(str(error).split())[:100]})", "copy it again"
        raise BadInput(f"{path}: {reason}; {mend}") from error


def check_arrays(file: Any, path: str | Path, dimensions: dict[str, int]) -> None:
    """Check that parts of an HDF5 file are arrays with a row for each image.

    Parameters
    ----------
    file
        The open file.
    path
        What the error names.
    dimensions
        Number of dimensions of each part, by its name; parts that are not there are passed over.

    Raises
    ------
    BadInput
        If a part is a group or a number, or has another number of dimensions or of rows.
    """
    rows = set()
    for name in dimensions.keys() & file.keys():
        shape = getattr(file[name], "shape", None)
        if shape is None or len(shape) != dimensions[name]:
            kind = "a group" if shape is None else f"of {len(shape)} dimensions"
            raise BadInput(f"{path}: damaged, its {name} is {kind}; copy it again")
        rows.add(shape[0])
    if len(rows) > 1:
        raise BadInput(f"{path}: damaged, its columns differ in length; copy it again")


def check_version(path: str | Path, version: Any, supported: int) -> None:
    """Check that a file has the format that is read here.

    Parameters
    ----------
    path
        What the error names.
    version
        The `format_version` that stands in the file; anything may stand there.
    supported
        The format that this version of the program reads.

    Raises
    ------
    BadInput
        If it has another, which says whether that is older or newer.
    """
    try:
        number = int(version)
    except (TypeError, ValueError, OverflowError):
        raise BadInput(
            f"{path}: format_version is {version!r:.40}, not a number; give a file that this "
            "program wrote"
        ) from None
    if number > supported:
        raise BadInput(
            f"{path}: format version {number} is newer than {supported}, which is read here; "
            "update fractaldream"
        )
    if number < supported:
        raise BadInput(
            f"{path}: format version {number} is older than {supported}, which is read here; "
            "install the release that wrote it"
        )


def _code_of_hdf5(error: OSError) -> int:
    """Return the number of the system's error that HDF5 says in its text, or 0."""
    code = re.search(r"errno = (\d+)", str(error))
    return error.errno or (int(code.group(1)) if code else 0)
