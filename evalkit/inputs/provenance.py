"""Provenance of data: what a data set file must hold, and whether a model learnt from them."""

from pathlib import Path
from typing import Any

import numpy as np

from fractaldream.recipe import Recipe
from fractaldream_base.errors import BadInput
from fractaldream_models.errors import MissingPart, NotFetched, WrongImageSize

HASHES = ("content_sha256", "sha256")  # of a data set file's images, and of MNIST's
AGAIN = "give a file of fractaldream render"


def check_dataset(path: str | Path) -> None:
    """Raise BadInput where a file of levels lacks parameters or colours, or holds NaN.

    Other files, damaged ones and packed colour images are left to those who read them.
    """
    from fractaldream_base.opening import open_hdf5, reading

    try:
        file = open_hdf5(path)
    except BadInput:
        return
    with file, reading(path):
        _check_levels(file, path)


def _check_levels(file: Any, path: str | Path) -> None:
    """Check the parameters and colours of a file of levels. Raises BadInput."""
    import h5py

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


def learnt_from(recorded: dict[str, Any], facts: dict[str, Any], source: str) -> bool | None:
    """Return whether a model learnt from data.

    The hash of the images decides, wherever they lie; where either side has none, the place does.

    Parameters
    ----------
    recorded
        What the checkpoint says of its data.
    facts
        What these data say of themselves.
    source
        Where these data lie.

    Returns
    -------
    None where the checkpoint says nothing.
    """
    for name in HASHES:
        if recorded.get(name) and facts.get(name):
            return bool(recorded[name] == facts[name])
    place = recorded.get("read", {}).get("source")
    if place is None:
        return None
    return bool(Path(source).absolute() == Path(place).absolute())


def recorded_recipe(recorded: dict[str, Any]) -> Recipe | None:
    """Return the recipe that a checkpoint records of its data set; None without one that fits."""
    values = recorded.get("recipe")
    if not isinstance(values, dict):
        return None
    try:
        return Recipe.from_dict(values, "recipe")
    except (BadInput, TypeError):  # of another version
        return None


def missing_data(name: str, recorded: dict[str, Any]) -> str:
    """Return that the data of a checkpoint are not here, and the mend, on one line.

    Parameters
    ----------
    name
        The checkpoint.
    recorded
        What it says of its data.
    """
    source = recorded.get("read", {}).get("source")
    recipe = recorded_recipe(recorded)
    command = None if recipe is None else recipe.command("data.h5")
    mend = "give --data FILE"
    if command is not None:
        mend = f"`{command}` renders it, then give --data data.h5"
    if source is None and recipe is None:
        return f"{name}: does not say what it learnt from; {mend}"
    data_in_words = (
        "a data set that is not here" if source is None else f"{source}, which is not there"
    )
    return f"{name}: learnt from {data_in_words}; {mend}"


def not_learnt(data: str, model: str) -> str:
    """Return the remark beside figures of data that a model did not learn from."""
    return f"{data} is not what {model} learnt from"


def reworded(
    error: BadInput, source: str, *, root: str | Path | None, part: str, size: int | None
) -> str:
    """Return an error of the reader of data on one line, with the options of commands here."""
    if isinstance(error, WrongImageSize):
        size_in_words = "one size" if size is None else f"{size} px"
        return f"{source}: not all its images are {size_in_words} wide and high; add --resize"
    if isinstance(error, MissingPart):
        return f"{root}: no {part} part of {source}; give --part"
    if isinstance(error, NotFetched):
        return f"{source}: cannot be fetched; give --root FOLDER that holds its IDX files"
    return " ".join(str(error).split())
