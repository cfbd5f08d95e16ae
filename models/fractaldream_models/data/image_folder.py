"""Read folders of image files; folders within are the labels."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image

from fractaldream_models.errors import WrongImageSize

from .folder_contents import list_folder
from .image_file import read_image
from .tensors import Data, split_rows


def read_image_folder(
    folder: Path, *, size: int | None, channels: int | None, resize: bool, held_out: float
) -> Data:
    """Read all images below a folder.

    Parameters
    ----------
    folder
        The images; the folders that it holds are their labels, see `list_folder`.
    size
        Pixels, width and height; None for the width of the first image.
    channels
        1 for grey, 3 or None for colour.
    resize
        Resize images of another size instead of refusing them.
    held_out
        Share kept for validation.

    Raises
    ------
    BadInput
        If there are no images, one cannot be read or has another size, or it is not clear what
        the folders mean.
    """
    contents = list_folder(folder)
    mode = "L" if channels == 1 else "RGB"
    arrays: list[np.ndarray] = []
    for name in contents.images:
        arrays.append(_read_image(folder / name, size, mode, resize))
        size = len(arrays[0])
    stack = np.stack(arrays)
    images = stack[:, None] if channels == 1 else stack.transpose(0, 3, 1, 2)
    train, validation = split_rows(len(stack), held_out)
    pixels = torch.from_numpy(np.ascontiguousarray(images))
    return Data.of_folder(pixels, train, validation, contents)


def _read_image(path: Path, size: int | None, mode: str, resize: bool) -> np.ndarray:
    """Read one image as uint8 (S, S) or (S, S, 3). Raises BadInput."""
    image = read_image(path).convert(mode)
    size = image.width if size is None else size
    if image.size == (size, size):
        return np.asarray(image)
    if not resize:
        width, height = image.size
        raise WrongImageSize(
            f"{path}: {width}x{height}, not {size}x{size}; allow "
            "--set resize=true, or give --set size=N for another size"
        )
    return np.asarray(image.resize((size, size), Image.Resampling.BILINEAR))
