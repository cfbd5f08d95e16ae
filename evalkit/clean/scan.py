"""One pass over a folder: every file is opened once and never written to."""

import hashlib
import io
import os
import warnings
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from evalkit.errors import BadInput

from .decoding import FORMATS, SUFFIXES, decode, file_bytes, on_white, pixel_key
from .measures import Measures, measure

THUMB = 32  # px; what embedding and near duplicates see
PREVIEW = 128  # px; what the page shows
CHUNK = 16  # files a worker takes at a time


@dataclass(frozen=True)
class Fault:
    """Something wrong with a file itself."""

    finding: str
    reason: str


@dataclass(frozen=True)
class Reading:
    """One file, read. What needs pixels is None where they could not be decoded.

    key is the SHA-256 of the decoded pixels (see `pixel_key`), or `file:` and that of the file's
    bytes where there are no pixels, or `path:` and that of the name where there are no bytes.
    """

    path: str  # below the folder, with /; safe to print and to encode
    key: str
    faults: tuple[Fault, ...] = ()
    width: int = 0
    height: int = 0
    mode: str = ""
    measures: Measures | None = None
    thumb: np.ndarray | None = None  # uint8 (THUMB, THUMB, 3)
    preview: bytes = b""  # JPEG

    @property
    def decoded(self) -> bool:
        return self.thumb is not None


@dataclass(frozen=True)
class Listing:
    """What a folder holds, by name only."""

    images: list[str]  # below the folder, as the system spells them
    refused: list[Reading]  # links out of the folder, folders that cannot be opened, ...
    others: list[str]  # files that are not images by their suffix


def printable(path: str) -> str:
    """A file's name in valid Unicode: bytes that are none are escaped as \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def _nameless(path: str, finding: str, reason: str) -> Reading:
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()
    return Reading(printable(path), f"path:{digest}", (Fault(finding, reason),))


def listing(folder: str | Path) -> Listing:
    """Every image below a folder, sorted by name; links that leave it are not followed.

    Raises BadInput where the folder is missing or cannot be opened.
    """
    root = Path(folder)
    try:
        with os.scandir(root) as inside:
            next(inside, None)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInput(
            f"{folder}: no such folder; give the folder that holds the images"
        ) from error
    except OSError as error:
        raise BadInput(
            f"{folder}: cannot be opened ({error.strerror}); allow reading it"
        ) from error
    home = os.path.realpath(root)
    images: list[str] = []
    refused: list[Reading] = []
    others: list[str] = []

    def closed(error: OSError) -> None:
        name = os.path.relpath(error.filename, root)
        refused.append(_nameless(name, "unreadable", f"folder: {error.strerror}"))

    for here, folders, files in os.walk(root, onerror=closed):
        folders.sort()
        for name in sorted(files) + [f for f in folders if (Path(here) / f).is_symlink()]:
            full = os.path.join(here, name)  # noqa: PTH118 - a name may be no valid Path text
            path = os.path.relpath(full, root)
            if name in folders:
                refused.append(_nameless(path, "link", "link to a folder, not followed"))
            elif os.path.islink(full) and not _inside(os.path.realpath(full), home):  # noqa: PTH114
                refused.append(_nameless(path, "link", "link out of the folder, not followed"))
            elif os.path.splitext(name)[1].lower() in SUFFIXES:  # noqa: PTH122
                images.append(path)
            else:
                others.append(path)
    return Listing(sorted(images), refused, sorted(others))


def _inside(path: str, home: str) -> bool:
    return path == home or path.startswith(home.rstrip("/") + "/")


def _cut_off(data: bytes, kind: str | None) -> bool:
    """Whether a file ends before its format says it does, though decoders may forgive it."""
    if kind in ("JPEG", "MPO"):  # the end marker cannot occur inside coded data
        return b"\xff\xd9" not in data[len(data) // 2 :]
    if kind == "PNG":
        return b"IEND" not in data[-4096:]
    if kind == "WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _opened(path: str, folder: str) -> Reading | tuple[Image.Image, Image.Image, bytes]:
    """The image as the file has it, upright, and the file's bytes; or what is wrong with it."""
    try:
        data = file_bytes(os.path.join(folder, path))  # noqa: PTH118
    except OSError as error:
        return _nameless(path, "unreadable", (error.strerror or str(error)).lower())
    name = printable(path)
    file_key = f"file:{hashlib.sha256(data).hexdigest()}"
    if not data:
        return Reading(name, file_key, (Fault("unreadable", "empty file"),))
    try:
        return *decode(data), data
    except Exception as error:  # a decoder meets broken bytes: any error is about the file
        kind = SUFFIXES[os.path.splitext(path)[1].lower()]  # noqa: PTH122
        short = _cut_off(data, kind) or "truncated" in str(error).lower()
        if short and _known(data):
            return Reading(name, file_key, (Fault("truncated", "the file ends early"),))
        return Reading(name, file_key, (Fault("unreadable", _why(data, error)),))


def _faults(path: str, image: Image.Image, data: bytes) -> Iterator[Fault]:
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    telephone = image.format == "MPO" and SUFFIXES[suffix] == "JPEG"  # JPEGs, one after another
    if image.format != SUFFIXES[suffix] and not telephone:
        yield Fault("mislabelled", f"{image.format} content in a file named {suffix}")
    if _cut_off(data, image.format):
        yield Fault("truncated", "the end of the file is missing")
    frames = getattr(image, "n_frames", 1)
    if frames > 1 and not telephone:
        yield Fault("odd-mode", f"{frames} frames, the first is read")


def read_key(path: str, folder: str) -> Reading:
    """Key, faults and size only of one file below the folder."""
    opened = _opened(path, folder)
    if isinstance(opened, Reading):
        return opened
    image, pixels, data = opened
    faults = tuple(_faults(path, image, data))
    return Reading(printable(path), pixel_key(pixels), faults, *pixels.size, image.mode)


def read_one(path: str, folder: str) -> Reading:
    """Read one file below the folder; whatever is wrong with it becomes a fault of the reading."""
    opened = _opened(path, folder)
    if isinstance(opened, Reading):
        return opened
    image, pixels, data = opened
    shown = on_white(pixels)
    small = shown.copy()
    small.thumbnail((PREVIEW, PREVIEW), Image.Resampling.BOX)
    preview = io.BytesIO()
    small.save(preview, "JPEG", quality=75)
    return Reading(
        path=printable(path),
        key=pixel_key(pixels),
        faults=tuple(_faults(path, image, data)),
        width=pixels.width,
        height=pixels.height,
        mode=image.mode,
        measures=measure(shown, image),
        thumb=np.asarray(shown.resize((THUMB, THUMB), Image.Resampling.BOX)),
        preview=preview.getvalue(),
    )


def _known(data: bytes) -> bool:
    """Whether the first bytes are those of a format that is read."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            Image.open(io.BytesIO(data), formats=FORMATS)
    except Exception:  # as above
        return False
    return True


def _why(data: bytes, error: Exception) -> str:
    if not _known(data):
        return "not an image" if any(data[:64]) else "zeros, not an image"
    return " ".join(str(error).split())[:120] or type(error).__name__


def read_all(folder: str | Path, paths: list[str], workers: int) -> Iterator[Reading]:
    """Read files in order, in that many processes."""
    read = partial(read_one, folder=os.fspath(folder))
    if workers < 2 or len(paths) < 4 * CHUNK:
        yield from map(read, paths)
        return
    with ProcessPoolExecutor(workers, initializer=quiet) as pool:
        try:
            yield from pool.map(read, paths, chunksize=CHUNK)
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def quiet() -> None:
    """Leave Ctrl-C to the parent, and one thread to each worker."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
