"""Read folders of image files; folders within are the labels."""

from pathlib import Path

import numpy as np
import torch

from fractaldream_models.errors import BadInput

from .tensors import Data, sha256_of, split_rows

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".webp"}


def read_image_folder(
    folder: Path, *, size: int | None, channels: int | None, resize: bool, held_out: float
) -> Data:
    """Read all images below a folder.

    Parameters
    ----------
    folder
        The images; the folders that it holds, where it holds any, are their labels.
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
        If there are no images, or one cannot be read or has another size.
    """
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in SUFFIXES)
    if not paths:
        suffixes = " ".join(sorted(SUFFIXES))
        raise BadInput(f"{folder}: no images in this folder; it takes {suffixes}")
    mode = "L" if channels == 1 else "RGB"
    arrays: list[np.ndarray] = []
    for path in paths:
        arrays.append(_read_image(path, size, mode, resize))
        size = len(arrays[0])
    stack = np.stack(arrays)
    images = stack[:, None] if channels == 1 else stack.transpose(0, 3, 1, 2)
    owners = [p.relative_to(folder).parts[0] if p.parent != folder else "" for p in paths]
    names = sorted(set(owners))
    labels = None
    if len(names) > 1 and "" not in names:
        labels = torch.tensor([names.index(owner) for owner in owners])
    train, validation = split_rows(len(paths), held_out)
    pixels = torch.from_numpy(np.ascontiguousarray(images))
    return Data(
        images=pixels,
        train=train,
        validation=validation,
        labels=labels,
        classes=len(names) if labels is not None else 0,
        facts={"class_names": names if labels is not None else [], "sha256": sha256_of(pixels)},
    )


def _read_image(path: Path, size: int | None, mode: str, resize: bool) -> np.ndarray:
    """Read one image as uint8 (S, S) or (S, S, 3). Raises BadInput."""
    from PIL import Image, UnidentifiedImageError

    try:
        with Image.open(path) as image:
            if size is None:
                size = image.width
            if image.size == (size, size):
                return np.asarray(image.convert(mode))
            if not resize:
                width, height = image.size
                raise BadInput(
                    f"{path}: {width}x{height}, not {size}x{size}; remove it, give "
                    f"--set size=N for another size, or allow --set resize=true"
                )
            smaller = image.convert(mode).resize((size, size), Image.Resampling.BILINEAR)
            return np.asarray(smaller)
    except (UnidentifiedImageError, OSError, SyntaxError) as error:
        raise BadInput(f"{path}: not a readable image; remove it") from error
