"""Images in one HDF5 file for training: colour, square, of one size."""

import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_models.data.image_file import decode_image, image_bytes, on_white

from .keys import pixel_key
from .progress import progress_bar
from .scan import CHUNK, Reading, quiet

FORMAT_VERSION = 1
BATCH = 64


def squared(path: str, key: str, size: int) -> np.ndarray:
    """uint8 (size, size, 3) of an image file, cropped to a square where its sides differ.

    Resized by the mean over each pixel where it shrinks, bicubic where it grows; what is
    transparent is white. Raises BadInput where the pixels are no longer those of key.
    """
    _, pixels = decode_image(image_bytes(path))
    if pixel_key(pixels) != key:
        raise BadInput(f"{path}: changed while it was read; run it again")
    image = on_white(pixels)
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    box = (left, top, left + side, top + side)
    resample = Image.Resampling.BOX if side > size else Image.Resampling.BICUBIC
    if side == size:
        return np.asarray(image.crop(box))
    return np.asarray(image.resize((size, size), resample, box))


def check_space(path: Path, images: int, size: int) -> None:
    """BadInput unless a pack of that many images fits, uncompressed, where it is written."""
    try:
        free = shutil.disk_usage(path.resolve().parent).free
    except OSError as error:
        words = (error.strerror or type(error).__name__).lower()
        raise BadInput(f"{path}: cannot be written ({words}); give another --pack") from error
    needed = images * size * size * 3 + 2**20
    if free < needed:
        raise BadInput(
            f"{path}: {free / 1e9:.3g} GB free there, but {images:,} images of {size} px may need "
            f"{needed / 1e9:.3g} GB; free some or give another --pack"
        )


def split_of(keys: Sequence[str], held_out: float) -> np.ndarray:
    """Return uint8 (N,): 1 for images that are held out, 0 for others.

    Held out are the images whose keys come first, so that the split depends on pixels alone.
    """
    split = np.zeros(len(keys), np.uint8)
    split[np.argsort(np.array(keys))[: round(held_out * len(keys))]] = 1
    return split


def holds(path: Path, readings: Sequence[Reading], size: int, held_out: float) -> bool:
    """Return whether a pack is the one that `write_pack` would write.

    The keys of the decoded pixels, the size and the version of the format determine its images, and
    a file with its final name is complete.
    """
    import h5py

    keys = [reading.key for reading in readings]
    try:
        with h5py.File(path, "r") as file:
            return bool(
                file.attrs["format_version"] == FORMAT_VERSION
                and file["images"].shape == (len(keys), size, size, 3)
                and file["path"].asstr()[:].tolist() == [reading.path for reading in readings]
                and file["sha256"].asstr()[:].tolist() == keys
                and np.array_equal(file["split"][:], split_of(keys, held_out))
            )
    except (OSError, RuntimeError, KeyError, TypeError, ValueError, AttributeError):
        return False  # another pack, or no readable one


def write_pack(
    path: Path, images: Sequence[tuple[str, Reading]], size: int, held_out: float, workers: int
) -> None:
    """Write /images uint8 (N, size, size, 3), /path and /split (0 learn, 1 held out).

    Written beside and renamed. Raises BadInput.
    """
    import h5py

    n = len(images)
    check_space(path, n, size)
    keys = [reading.key for _, reading in images]
    with ProcessPoolExecutor(workers, initializer=quiet) as pool:
        # begun first: a worker that outlives a kill must not hold the unfinished file
        files = [name for name, _ in images]
        squares = pool.map(partial(squared, size=size), files, keys, chunksize=CHUNK)
        with replacing(path) as beside, h5py.File(beside, "w", locking=False) as file:
            stack = file.create_dataset(
                "images", (n, size, size, 3), np.uint8,
                chunks=(min(BATCH, n), size, size, 3), compression="lzf",
            )  # fmt: skip
            for start in progress_bar(range(0, n, BATCH), "pack"):
                batch = [next(squares) for _ in range(min(BATCH, n - start))]
                stack[start : start + len(batch)] = np.stack(batch)
            file["path"] = np.array([r.path for _, r in images], dtype=h5py.string_dtype())
            file["sha256"] = np.array(keys, dtype="S64")
            file["split"] = split_of(keys, held_out)
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["kind"] = "images"
