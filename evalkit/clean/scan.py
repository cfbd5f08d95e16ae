"""One pass over a folder: every file is opened once and never written to."""

import hashlib
import io
import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.data.folder_contents import is_hidden, printable
from fractaldream_models.data.image_file import (
    IMAGE_FORMATS,
    UnreadableImage,
    decode_image,
    image_bytes,
    is_cut_off,
    is_image_name,
    on_white,
)

from .keys import pixel_key
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
        """Return whether the file could be decoded."""
        return self.thumb is not None


@dataclass(frozen=True)
class Scan:
    """Result of one pass over a folder.

    Attributes
    ----------
    folder
        The folder that was read.
    readings
        One for each image file, in the order of their names.
    others
        Number of files that are not images by their suffix.
    """

    folder: str
    readings: list[Reading]
    others: int = 0


@dataclass(frozen=True)
class Listing:
    """The contents of a folder, by name only."""

    images: list[str]  # below the folder, as the system spells them
    refused: list[Reading]  # links out of the folder, folders that cannot be opened, ...
    others: list[str]  # files that are not images by their suffix
    hidden: list[str]  # files and folders that systems and programs leave


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
    hidden: list[str] = []

    def closed(error: OSError) -> None:
        name = os.path.relpath(error.filename, root)
        refused.append(_nameless(name, "unreadable", f"folder: {error.strerror}"))

    for current, folders, files in os.walk(root, onerror=closed):
        left_out = {name for name in (*folders, *files) if is_hidden(name)}
        hidden += [os.path.relpath(os.path.join(current, name), root) for name in left_out]  # noqa: PTH118
        folders[:] = sorted(set(folders) - left_out)
        links = [f for f in folders if (Path(current) / f).is_symlink()]
        for name in sorted(set(files) - left_out) + links:
            full = os.path.join(current, name)  # noqa: PTH118 - a name may be no valid Path text
            path = os.path.relpath(full, root)
            if name in folders:
                refused.append(_nameless(path, "link", "link to a folder, not followed"))
            elif os.path.islink(full) and not _inside(os.path.realpath(full), home):  # noqa: PTH114
                refused.append(_nameless(path, "link", "link out of the folder, not followed"))
            elif is_image_name(name):
                images.append(path)
            else:
                others.append(path)
    return Listing(sorted(images), refused, sorted(others), sorted(hidden))


def _inside(path: str, home: str) -> bool:
    return path == home or path.startswith(home.rstrip("/") + "/")


def _opened(path: str, folder: str) -> Reading | tuple[Image.Image, Image.Image, bytes]:
    """Return the image as the file has it, upright, and the file's bytes; or what is wrong."""
    try:
        data = image_bytes(os.path.join(folder, path))  # noqa: PTH118
    except UnreadableImage as error:
        return _nameless(path, "unreadable", error.reason)
    try:
        return *decode_image(data), data
    except UnreadableImage as error:
        finding = "truncated" if error.truncated else "unreadable"
        key = f"file:{hashlib.sha256(data).hexdigest()}"
        return Reading(printable(path), key, (Fault(finding, error.reason),))


def _faults(path: str, image: Image.Image, data: bytes) -> Iterator[Fault]:
    suffix = os.path.splitext(path)[1].lower()  # noqa: PTH122
    expected = IMAGE_FORMATS[suffix]
    telephone = image.format == "MPO" and expected == "JPEG"  # JPEGs, one after another
    if image.format != expected and not telephone:
        yield Fault("mislabelled", f"{image.format} content in a file named {suffix}")
    if is_cut_off(data, image.format):
        yield Fault("truncated", "the end of the file is missing")
    frames = 1 if telephone else _frames(image)
    if frames > 1:
        yield Fault("odd-mode", f"{frames} frames, the first is read")


def _frames(image: Image.Image) -> int:
    """Return the number of frames; 1 where the frames behind the first cannot be counted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # damage is a finding, not noise
        try:
            return int(getattr(image, "n_frames", 1))
        except Exception:  # decoders meet any bytes
            return 1


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
    opaque = on_white(pixels)
    small = opaque.copy()
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
        measures=measure(opaque, image),
        thumb=np.asarray(opaque.resize((THUMB, THUMB), Image.Resampling.BOX)),
        preview=preview.getvalue(),
    )


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


def thumbs_of(readings: Sequence[Reading], rows: np.ndarray) -> np.ndarray:
    """Return the thumbnails of decoded rows (R,): uint8 (R, THUMB, THUMB, 3)."""
    return np.stack([t for i in rows if (t := readings[i].thumb) is not None])


def quiet() -> None:
    """Leave Ctrl-C to the parent, and one thread to each worker."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
