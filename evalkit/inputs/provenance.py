"""Where data come from: what a data set file must hold, and whether a model learnt from them."""

from pathlib import Path
from typing import Any

import numpy as np

from evalkit.errors import BadInput

HASHES = ("content_sha256", "sha256")  # of a data set file's images, and of MNIST's
AGAIN = "give a file of fractaldream render"


def check_dataset(path: str | Path) -> None:
    """Raise BadInput where a file of levels lacks parameters or colours, or holds NaN.

    Other files and packed colour images are left to those who read them.
    """
    import h5py

    try:
        file = h5py.File(path, "r")
    except OSError:
        return
    with file:
        if "images" not in file or file["images"].ndim != 3:
            return
        for name, kind in (("params", h5py.Dataset), ("palettes", h5py.Group)):
            if not isinstance(file.get(name), kind):
                raise BadInput(f"{path}: no /{name} in it; {AGAIN}")
        params = file["params"]
        names = file.attrs.get("param_names")
        if names is None:
            raise BadInput(f"{path}: no attribute param_names in it; {AGAIN}")
        if params.shape != (len(file["images"]), len(names)):
            raise BadInput(
                f"{path}: /params {params.shape} for {len(file['images'])} images and "
                f"{len(names)} names; {AGAIN}"
            )
        wrong = np.flatnonzero(~np.isfinite(params[:]).all(1))
        if len(wrong):
            raise BadInput(f"{path}: /params holds NaN or infinity in row {wrong[0]}; {AGAIN}")


def learnt_from(told: dict[str, Any], facts: dict[str, Any], source: str) -> bool | None:
    """Whether a model learnt from data: what its checkpoint says of its own (`told`) against what
    these say of themselves.

    By the hash of the images, wherever they lie; by the place where either has none. None where
    the checkpoint says nothing.
    """
    for name in HASHES:
        if told.get(name) and facts.get(name):
            return bool(told[name] == facts[name])
    recorded = told.get("read", {}).get("source")
    if recorded is None:
        return None
    return bool(Path(source).absolute() == Path(recorded).absolute())


def not_learnt(data: str, model: str) -> str:
    """What is said beside figures of data that a model did not learn from."""
    return f"{data} is not what {model} learnt from"


def refusal(said: str, source: str, *, root: str | Path | None, part: str, size: int | None) -> str:
    """What the reader of data says, on one line and with options that the commands here have."""
    if "--set size" in said:
        what = "one size" if size is None else f"{size} px"
        return f"{source}: not all its images are {what} wide and high; add --resize"
    if "--set part" in said:
        return f"{root}: no {part} part of {source}; give --part"
    if "cannot be fetched" in said:
        return f"{source}: cannot be fetched; give --root FOLDER that holds its IDX files"
    return " ".join(said.split())
