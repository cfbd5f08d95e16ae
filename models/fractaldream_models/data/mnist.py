"""Read MNIST and Fashion-MNIST from IDX files, fetched where there are none."""

import gzip
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fractaldream_models.cache import cache_folder
from fractaldream_models.errors import BadInput

from .tensors import Data, sha256_of, split_rows

MNISTS = ("mnist", "fashion-mnist")


def read_mnist(name: str, root: str | Path | None, part: str, held_out: float) -> Data:
    """Read one part of (Fashion-)MNIST.

    Parameters
    ----------
    name
        mnist or fashion-mnist.
    root
        Folder that holds the IDX files, gzip or not; None to fetch them with torchvision.
    part
        train or test.
    held_out
        Share kept for validation.

    Raises
    ------
    BadInput
        If the files are missing or damaged, or cannot be fetched.
    """
    images, labels = _fetch(name, part) if root is None else _read_files(Path(root), part)
    train, validation = split_rows(len(images), held_out)
    return Data(
        images=images[:, None],
        train=train,
        validation=validation,
        labels=labels.long(),
        classes=10,
        facts={"sha256": sha256_of(images)},
    )


def _fetch(name: str, part: str) -> tuple[Tensor, Tensor]:
    """Return images and labels, fetched once into the cache folder. Raises BadInput."""
    from torchvision.datasets import MNIST, FashionMNIST

    dataset = MNIST if name == "mnist" else FashionMNIST
    try:
        fetched = dataset(cache_folder(), train=part == "train", download=True)
    except (RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise BadInput(
            f"{name}: cannot be fetched ({reason}); give --root FOLDER that holds its IDX files"
        ) from error
    return fetched.data, fetched.targets


def _read_files(root: Path, part: str) -> tuple[Tensor, Tensor]:
    """Return images and labels of the IDX files below a folder. Raises BadInput."""
    prefix = {"train": "train", "test": "t10k"}[part]
    arrays = []
    for stem in (f"{prefix}-images-idx3-ubyte", f"{prefix}-labels-idx1-ubyte"):
        matches = sorted(root.rglob(f"{stem}*"))
        if not matches:
            other = {"train": "test", "test": "train"}[part]
            raise BadInput(f"{root}: no {stem}[.gz]; give another --root or --set part={other}")
        arrays.append(torch.from_numpy(_read_idx(matches[0])))
    images, labels = arrays
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise BadInput(f"{root}: {len(labels)} labels for {len(images)} images; fetch again")
    return images, labels


def _read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of bytes, plain or gzip. Raises BadInput."""
    try:
        raw = path.read_bytes()
        raw = gzip.decompress(raw) if path.suffix == ".gz" else raw
        if raw[:3] != b"\x00\x00\x08":
            raise ValueError("not IDX of bytes")
        shape = np.frombuffer(raw, ">i4", raw[3], 4)
        return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape).copy()
    except (ValueError, EOFError, OSError) as error:
        raise BadInput(f"{path}: not a complete IDX file; fetch it again") from error
