"""Packs: colour images in one HDF5 file, as `evalkit clean apply --pack` writes them."""

from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import open_hdf5, reading

from .file_results import FileInfo

KIND = "images"  # the attribute `kind` of a pack
SPLITS = ("train", "validation")  # as packs count them: 0, 1


@dataclass(frozen=True)
class PackInfo(FileInfo):
    """A pack in numbers.

    Attributes
    ----------
    channels : int
        Number of colour channels.
    folders : dict of str to int
        Number of images from each folder directly below the cleaned one; empty if there are none.
    """

    channels: int
    folders: dict[str, int]

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        lines = [
            f"{self.path}: a pack of {self.images} images of {self.size} x {self.size} pixels, "
            f"{self.channels} colour channels",
            f"  {self.bytes / 1e6:.1f} MB, written by evalkit clean apply",
            *self.split_lines,
        ]
        if self.folders:
            lines.append("folders")
            lines += [f"  {name} {count}" for name, count in self.folders.items()]
        return "\n".join(lines)


def is_pack(path: str | Path) -> bool:
    """Return whether a file is a pack; False also where it is missing or cannot be read."""
    if not Path(path).is_file():  # a pipe would be waited for
        return False
    try:
        with open_hdf5(path) as file, reading(path):
            return str(file.attrs.get("kind")) == KIND and {"images", "split", "path"} <= set(file)
    except BadInput:
        return False


def check_layout(file: h5py.File, path: str | Path) -> None:
    """Raise BadInput where the columns of a pack do not fit one another."""
    images, split, names = (file[name] for name in ("images", "split", "path"))
    fit = images.ndim == 4 and split.shape == names.shape == images.shape[:1]
    if not fit or split.dtype.kind != "u" or h5py.check_string_dtype(names.dtype) is None:
        raise BadInput(f"{path}: a damaged pack, its columns do not fit; copy it again")
    if images.shape[0] and split[:].max() >= len(SPLITS):
        raise BadInput(f"{path}: a damaged pack, its split has other numbers than 0 and 1")


def pack_info(path: str | Path) -> PackInfo:
    """Return what a pack holds; no image is decoded. Raises BadInput where it is damaged."""
    with open_hdf5(path) as file, reading(path):
        check_layout(file, path)
        n, size, _, channels = file["images"].shape
        splits = np.bincount(file["split"][:], minlength=len(SPLITS))
        names = [name.split("/")[0] for name in file["path"].asstr()[:] if "/" in name]
        folders, counts = np.unique(np.array(names, str), return_counts=True)
        return PackInfo(
            path=str(path),
            format_version=int(file.attrs["format_version"]),
            images=n,
            size=size,
            channels=channels,
            bytes=Path(path).stat().st_size,
            splits=dict(zip(SPLITS, splits.tolist(), strict=True)),
            folders=dict(zip(folders.tolist(), counts.tolist(), strict=True)),
        )


def columns_of(file: h5py.File) -> dict[str, np.ndarray]:
    """Return the table of a pack: `path` in the cleaned folder, `split`, `sha256` of the pixels."""
    return {
        "path": file["path"].asstr()[:],
        "split": np.array(SPLITS)[file["split"][:]],
        "sha256": file["sha256"].asstr()[:],
    }
