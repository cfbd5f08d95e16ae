"""Images in one HDF5 file for training: colour, square, of one size."""

import os
import shutil
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models.data.image_file import decode_image, image_bytes, on_white

from .keys import pixel_key
from .progress import progress_bar
from .scan import CHUNK, Reading, quiet

FORMAT_VERSION = 1
BATCH = 64


def squared(path: str, key: str, size: int) -> tuple[np.ndarray, bool]:
    """uint8 (size, size, 3) of an image file, and whether its sides were cropped to a square.

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
        return np.asarray(image.crop(box)), image.width != image.height
    return np.asarray(image.resize((size, size), resample, box)), image.width != image.height


def check_space(path: Path, images: int, size: int) -> None:
    """BadInput unless a pack of that many images fits, uncompressed, where it is written."""
    try:
        free = shutil.disk_usage(path.resolve().parent).free
    except OSError as error:
        raise _unwritten(path, error) from error
    needed = images * size * size * 3 + 2**20
    if free < needed:
        raise BadInput(
            f"{path}: {free / 1e9:.3g} GB free there, but {images:,} images of {size} px may need "
            f"{needed / 1e9:.3g} GB; free some or give another --pack"
        )


def _unwritten(path: Path, error: Exception) -> BadInput:
    words = " ".join(str(error).split())  # what h5py says may be of several lines
    return BadInput(f"{path}: cannot be written ({words}); give another --pack")


def write_pack(
    path: Path, images: Sequence[tuple[str, Reading]], size: int, held_out: float, workers: int
) -> int:
    """Write /images uint8 (N, size, size, 3), /path and /split (0 learn, 1 held out).

    Held out are the images whose keys come first, so that the split depends on pixels alone.
    Written beside and renamed. Returns how many were cropped. Raises BadInput.
    """
    import h5py

    n = len(images)
    check_space(path, n, size)
    keys = [reading.key for _, reading in images]
    split = np.zeros(n, np.uint8)
    split[np.argsort(np.array(keys))[: round(held_out * n)]] = 1
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    cropped = 0
    try:
        with (
            h5py.File(beside, "w") as file,
            ProcessPoolExecutor(workers, initializer=quiet) as pool,
        ):
            chunk = (min(BATCH, n), size, size, 3)
            stack = file.create_dataset(
                "images", (n, size, size, 3), np.uint8, chunks=chunk, compression="lzf"
            )
            files = [name for name, _ in images]
            squares = pool.map(partial(squared, size=size), files, keys, chunksize=CHUNK)
            for start in progress_bar(range(0, n, BATCH), "pack"):
                batch = [next(squares) for _ in range(min(BATCH, n - start))]
                stack[start : start + len(batch)] = np.stack([image for image, _ in batch])
                cropped += sum(crop for _, crop in batch)
            file["path"] = np.array([r.path for _, r in images], dtype=h5py.string_dtype())
            file["sha256"] = np.array(keys, dtype="S64")
            file["split"] = split
            file.attrs["format_version"] = FORMAT_VERSION
            file.attrs["kind"] = "images"
        beside.replace(path)
    except (OSError, RuntimeError) as error:  # h5py raises either for a full disk
        raise _unwritten(path, error) from error
    finally:
        beside.unlink(missing_ok=True)
    return cropped
