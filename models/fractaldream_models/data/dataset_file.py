"""Read data set files (HDF5) as `fractaldream render` and `evalkit clean apply` write them."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import check_arrays, check_version, file_name, open_hdf5, reading

from .folder_contents import pack_contents
from .tensors import Data, colours_of, standardised

DATASET_FORMAT = 1


def read_dataset_file(path: Path, palette: str, channels: int | None) -> Data:
    """Read a data set file: levels with a palette and parameters, or packed colour images.

    Parameters
    ----------
    path
        The HDF5 file.
    palette
        Name of the palette that colours levels.
    channels
        1 for the levels themselves, 3 or None for their colours.

    Raises
    ------
    BadInput
        If it is not a data set of this format, or is damaged.
    """
    with open_dataset_file(path) as file, reading(path):
        if file["images"].ndim == 4:
            return _packed(file, path, channels)
        return _rendered(file, path, palette, channels)


def open_dataset_file(path: Path, **options: Any) -> Any:
    """Open a data set file or a pack for reading; options are those of `h5py.File`.

    Raises
    ------
    BadInput
        If it is not a data set of this format.
    """
    file = open_hdf5(path, **options)
    try:
        with reading(path):
            _check_format(file, path)
    except BaseException:
        file.close()
        raise
    return file


def is_packed(path: Path) -> bool:
    """Return whether a file is a pack of colour images; False also where it cannot be read."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with open_hdf5(path) as file, reading(path):
            return "images" in file and getattr(file["images"], "ndim", 0) == 4
    except BadInput:
        return False


def _check_format(file: Any, path: Path) -> None:
    """Check that the file is a data set of this format with all its parts. Raises BadInput."""
    version = file.attrs.get("format_version")
    if version is None or "images" not in file or "split" not in file:
        raise BadInput(f"{path}: not a data set; write one with fractaldream render")
    packed = getattr(file["images"], "ndim", 0) == 4
    check_arrays(file, path, {"images": 4 if packed else 3, "split": 1, "params": 2, "path": 1})
    missing = [name for name in ("params", "palettes") if name not in file and not packed]
    if missing:
        raise BadInput(f"{path}: damaged, has no {' and no '.join(missing)}; copy it again")
    if not packed and hasattr(file["palettes"], "shape"):
        raise BadInput(f"{path}: damaged, its palettes are an array; copy it again")
    check_version(path, version, DATASET_FORMAT)


def _rendered(file: Any, path: Path, palette: str, channels: int | None) -> Data:
    """Read levels with their palette and parameters, as the renderer writes them."""
    images = file["images"]
    check_shards(images, path)
    if images.ndim != 3 or images.shape[1] != images.shape[2] or images.dtype != np.uint8:
        raise BadInput(f"{path}: images {images.shape} {images.dtype}, not square uint8")
    if palette not in file["palettes"]:
        available = ", ".join(file["palettes"])
        raise BadInput(f"palette {palette!r}: {path} has {available}")
    levels = torch.from_numpy(images[:])[:, None]
    table = torch.from_numpy(file["palettes"][palette][:])
    params = torch.from_numpy(file["params"][:])
    if not params.isfinite().all():
        bad = int((~params.isfinite()).any(1).nonzero()[0, 0])
        raise BadInput(f"{path}: parameters of image {bad} are not finite; give other data")
    train, validation = _rows(torch.from_numpy(file["split"][:]))
    if len(train) == 0:
        raise BadInput(f"{path}: no training images; render more")
    names = [str(name) for name in file.attrs["param_names"]]
    in_units, facts = standardised(params, params[train], names)
    digest = str(file.attrs.get("content_sha256", ""))
    return Data(
        images=levels,
        train=train,
        validation=validation,
        palette=None if channels == 1 else table,
        params=in_units,
        facts=facts | colours_of(table, channels) | _recipe(file) | {"content_sha256": digest},
    )


def _recipe(file: Any) -> dict[str, Any]:
    """Return the recipe under the key `recipe` and its law under `law`; nothing of what is lacking.

    The recipe tells the images' settings where the file is not there.
    """
    try:
        recipe = json.loads(file.attrs.get("recipe", "{}"))
    except ValueError:
        return {}
    law = recipe.get("law") if isinstance(recipe, dict) else None
    return {"law": law, "recipe": recipe} if isinstance(law, str) else {}


def check_shards(images: Any, path: Path) -> None:
    """Check the files that a virtual data set points at: HDF5 reads zeros where one is missing."""
    if not images.is_virtual:
        return
    names = (source.file_name for source in images.virtual_sources())
    shards = [path.parent / file_name(name).replace("%%", "%") for name in names]
    for shard, size in zip(shards, images.attrs["shard_bytes"], strict=True):
        if not shard.is_file() or shard.stat().st_size != size:
            raise BadInput(f"{shard}: missing or cut short, and {path} needs it; copy it again")


def _packed(file: Any, path: Path, channels: int | None) -> Data:
    """Read colour images without palette or parameters, as `evalkit clean apply --pack` writes.

    Their classes are the folders that they lay in.
    """
    images, split = file["images"], torch.from_numpy(file["split"][:])
    n, height, width, depth = images.shape
    if height != width or depth != 3 or images.dtype != np.uint8:
        raise BadInput(f"{path}: images {images.shape} {images.dtype}, not square RGB uint8")
    if channels == 1:
        raise BadInput(f"{path}: colour images; leave channels unset or give 3")
    train, validation = _rows(split)
    if len(split) != n or len(train) == 0:
        raise BadInput(f"{path}: {len(train)} training images; pack it again with more")
    stack = torch.empty((n, 3, height, width), dtype=torch.uint8)
    for start in range(0, n, 512):  # never twice in memory
        rows = torch.from_numpy(images[start : start + 512])
        stack[start : start + len(rows)] = rows.permute(0, 3, 1, 2)
    contents = pack_contents(path, file["path"].asstr()[:] if "path" in file else [""] * n)
    return Data.of_folder(stack, train, validation, contents)


def _rows(split: Tensor) -> tuple[Tensor, Tensor]:
    """Return the rows of the training split (0) and of the validation split (1)."""
    return (split == 0).nonzero()[:, 0], (split == 1).nonzero()[:, 0]
