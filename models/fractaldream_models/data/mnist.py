"""Read MNIST and Fashion-MNIST from IDX files, fetched where there are none."""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_base.opening import other_format, read_head, reason_of
from fractaldream_models.errors import MissingPart, NotFetched

from .tensors import Data, sha256_of, split_rows

GZIP = b"\x1f\x8b"
LARGEST = 2**31  # bytes of an IDX file; MNIST has 47 million
MNISTS = ("mnist", "fashion-mnist")
FETCHED = "fetched-mnist"  # folder of the cache; `fractaldream doctor --clear-cache` removes it


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
        fetched = dataset(cache_folder() / FETCHED, train=part == "train", download=True)
    except (RuntimeError, OSError) as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise NotFetched(
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
            raise MissingPart(f"{root}: no {stem}[.gz]; give another --root or --set part={other}")
        arrays.append(torch.from_numpy(_read_idx(matches[0])))
    images, labels = arrays
    if images.ndim != 3 or labels.shape != images.shape[:1]:
        raise BadInput(
            f"{root}: {len(labels)} labels for {len(images)} images; give files of one set"
        )
    return images, labels


def _read_idx(path: Path) -> np.ndarray:
    """Read an IDX file of bytes, plain or gzip. Raises BadInput."""
    head = read_head(path)
    try:
        with gzip.open(path) if head.startswith(GZIP) else path.open("rb") as file:
            start = file.read(4)
            if start[:3] != b"\x00\x00\x08" or start[3:] not in (b"\1", b"\3"):
                raise BadInput(f"{path}: {other_format(head, 'an IDX file of bytes')}; give one")
            if len(header := file.read(4 * start[3])) < 4 * start[3]:
                raise EOFError
            shape = np.frombuffer(header, ">u4").tolist()
            size = math.prod(shape)
            if size > LARGEST:
                raise BadInput(f"{path}: too large, {size:,} bytes by its header; copy it again")
            if len(raw := file.read(size)) < size:
                raise EOFError
    except OSError as error:  # also of a gzip file that is none
        reason, mend = reason_of(error) if error.errno else ("damaged", "copy it again")
        raise BadInput(f"{path}: {reason}; {mend}") from error
    except zlib.error as error:
        raise BadInput(f"{path}: damaged; copy it again") from error
    except EOFError as error:
        raise BadInput(f"{path}: truncated, no complete IDX file; copy it again") from error
    return np.frombuffer(raw, np.uint8).reshape(shape).copy()
