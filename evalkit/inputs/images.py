"""Images and what is known of each, as a model sees them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fractaldream_base.errors import BadInput

from .model import LatentModel, index_of
from .provenance import check_dataset, learnt_from, missing_data, recorded_recipe, reworded

if TYPE_CHECKING:
    from fractaldream_models.data.tensors import Data


@dataclass(frozen=True)
class ImageSet:
    """Images with what is known of each, as a model sees them.

    Attributes
    ----------
    name
        Where they lie, or ``mnist``.
    data
        The images, their labels, parameters and split.
    learnt
        Whether that model learnt from them; None where that is not known.
    """

    name: str
    data: "Data"
    learnt: bool | None = None

    def __len__(self) -> int:
        return len(self.data.images)

    @property
    def size(self) -> int:
        """Return the side of the images in pixels."""
        return self.data.size

    @property
    def channels(self) -> int:
        """Return the number of channels."""
        return self.data.channels

    @property
    def classes(self) -> tuple[str, ...]:
        """Return the names of the labels; none where there are no labels."""
        if self.data.labels is None:
            return ()
        names = (self.data.facts or {}).get("class_names")
        return tuple(names or (str(k) for k in range(self.data.classes)))

    @property
    def labels(self) -> np.ndarray | None:
        """Return the labels, int64 (N,), rows of `classes`; None where there are none."""
        return None if self.data.labels is None else self.data.labels.numpy()

    @property
    def param_names(self) -> tuple[str, ...]:
        """Return the names of the parameters; none where the data have none."""
        return tuple((self.data.facts or {}).get("param_names", ()))

    @property
    def params(self) -> np.ndarray | None:
        """Return the parameters, float64 (N, P), as in the file up to the precision of float32."""
        if self.data.params is None or self.data.facts is None:
            return None
        scale, mean = (np.array(self.data.facts[f"param_{k}"]) for k in ("scale", "mean"))
        out: np.ndarray = self.data.params.numpy() * scale + mean
        return out

    @property
    def train(self) -> np.ndarray:
        """Return the rows that models learn from."""
        return self.data.train.numpy()

    @property
    def held_out(self) -> np.ndarray:
        """Return all other rows: validation, test, and what a run's `limit` left unseen."""
        return np.setdiff1d(np.arange(len(self)), self.train)

    def images(self, rows: np.ndarray) -> np.ndarray:
        """Return the images of rows, float32 (len(rows), C, S, S) in [0, 1]."""
        import torch

        return self.data.batch(torch.from_numpy(np.asarray(rows, np.int64)), (0.0, 1.0)).numpy()

    def class_rows(self, name: str, rows: np.ndarray | None = None) -> np.ndarray:
        """Return those of rows (default all) whose label is called `name`. Raises BadInput."""
        if self.labels is None:
            raise BadInput(f"{self.name}: no labels; give mnist or one folder per class")
        wanted = index_of(name, self.classes, self.name)
        rows = np.arange(len(self)) if rows is None else rows
        matches: np.ndarray = rows[self.labels[rows] == wanted]
        if not len(matches):
            raise BadInput(f"{self.name}: no image of class {name}; give more images")
        return matches


ImageSource = ImageSet | str | Path | None


def as_images(source: ImageSource, model: LatentModel | None) -> ImageSet:
    """Return the images that `source` names or is, as `model` sees them.

    Parameters
    ----------
    source
        Images already opened; the path of a data set file or an image folder; ``mnist`` or
        ``fashion-mnist``; or None for the data that the checkpoint records.
    model
        The model that looks at them, which decides their size and channels.

    Raises
    ------
    BadInput
        If the data cannot be read, or do not fit the model.
    """
    if isinstance(source, ImageSet):
        return source
    return open_images(None if source is None else str(source), model)


def open_images(
    source: str | None,
    model: LatentModel | None = None,
    *,
    root: str | Path | None = None,
    part: str | None = None,
    resize: bool = False,
    palette: str | None = None,
    channels: int | None = None,
) -> ImageSet:
    """Read a data set file, an image folder, `mnist` or `fashion-mnist`, as `model` sees it.

    Parameters
    ----------
    source
        The path or the name; None for what the checkpoint records.
    model
        Decides size, channels and palette, and which rows it learnt from.
    root
        Folder that holds MNIST's IDX files.
    part
        Part of MNIST. Default: what the checkpoint records, else what lies in root.
    resize
        Allow images of another size.
    palette, channels
        Colours of levels, and 1 or 3 channels, where no model says.

    Returns
    -------
    ImageSet
        The N images, whose method `images` returns float32 (n, C, S, S) in [0, 1] for n rows, with
        labels, int64 (N,), and parameters, float64 (N, P), where the data have them.

    Raises
    ------
    BadInput
        If the data cannot be read, or do not fit the model.
    """
    from fractaldream_models.data.mnist import MNISTS
    from fractaldream_models.data.sources import DataOptions, open_data

    read = dict(model.data.get("read", {})) if model is not None else {}
    recorded = read.pop("source", None)
    source = _recorded(recorded, model) if source is None else source
    same_source = recorded is not None and Path(source).absolute() == Path(recorded).absolute()
    resize = resize or bool(read.get("resize"))
    read["part"] = part or (read.get("part") if same_source else None) or _part(root)
    read |= {"resize": resize} | ({} if palette is None else {"palette": palette})
    limit = read.pop("limit", None)
    if not same_source:  # the second domain belongs to the data that the model learnt from
        read.pop("second", None)
    channels = model.channels if model is not None else channels
    size = model.size if model and Path(source).is_dir() and source not in MNISTS else None
    if Path(source).is_file():
        check_dataset(source)
    try:
        data = open_data(source, DataOptions(root=root, size=size, channels=channels, **read))
    except BadInput as error:
        message = reworded(error, str(source), root=root, part=read["part"], size=size)
        raise BadInput(message) from error
    learnt = None if model is None else learnt_from(model.data, data.facts or {}, str(source))
    if learnt:
        data = replace(data, train=data.train[:limit])
    if model is not None and data.size != model.size:
        data = _at_size_of(model, data, source, resize)
    name = f"{source} and {read['second']}" if "second" in read else str(source)
    return ImageSet(name, data, learnt)


def _recorded(source: str | None, model: LatentModel | None) -> str:
    """Return the data that a model records. Raises BadInput, with the way to have them."""
    if model is None:
        raise BadInput("data: none given; give --data FILE")
    rendered = recorded_recipe(model.data) is not None
    if source is None or (rendered and not Path(source).exists()):
        raise BadInput(missing_data(model.name, model.data))
    return source


def _at_size_of(model: LatentModel, data: "Data", source: str, resize: bool) -> "Data":
    """Return data of another size at that of a model. Raises BadInput unless it is allowed."""
    from fractaldream_models.data.tensors import resized

    if not resize:
        raise BadInput(
            f"{source}: images of {data.size} px, {model.name} makes {model.size} px; give "
            "the data that it learnt from, or add --resize"
        )
    return resized(data, model.size)


def _part(root: str | Path | None) -> str:
    """Return train, unless root holds only the test part."""
    if root is not None and not any(Path(root).rglob("train-images-idx3-ubyte*")):
        return "test" if any(Path(root).rglob("t10k-images-idx3-ubyte*")) else "train"
    return "train"
