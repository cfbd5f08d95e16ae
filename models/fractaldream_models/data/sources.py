"""Open whatever images are named by one text: a file, a folder, MNIST or a live stream."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from fractaldream_base.errors import BadInput
from fractaldream_models.errors import WrongImageSize

from .dataset_file import is_packed, read_dataset_file
from .domains import join_domains
from .image_folder import read_image_folder
from .live import PREFIX, read_live
from .live_images import first_images
from .mnist import MNISTS, read_mnist
from .tensors import Data, resized


@dataclass(frozen=True)
class DataOptions:
    """Options of reading images.

    Attributes
    ----------
    root
        Folder of the IDX files of MNIST; None to fetch them once into the cache folder.
    size, channels
        What the images shall have; None for what the data have.
    palette
        Colours of levels; of one channel, those in which pictures are shown.
    resize
        Allow images of another size than `size`.
    part
        train or test, of MNIST.
    held_out
        Share kept for validation where the data name none.
    limit
        Number of training images kept; None for all. They are the first ones, or of folders that
        are classes every so many, so that all classes are among them.
    second
        The source of a second domain, whose images become those of class 1; see `domains`.
    """

    root: str | Path | None = None
    size: int | None = None
    channels: int | None = None
    palette: str = "kbc"
    resize: bool = False
    part: str = "train"
    held_out: float = 0.1
    limit: int | None = None
    second: str | None = None


def open_data(source: str | Path, options: DataOptions = DataOptions()) -> Data:
    """Read images as tensors.

    Parameters
    ----------
    source
        A data set file, an image folder, `mnist`, `fashion-mnist`, or `live:NAME,...`.
    options
        How they are read.

    Returns
    -------
    Data
        The images, uint8 (N, C, S, S), the rows for training and validation, int64, and the labels
        and parameters where the source has them.

    Raises
    ------
    BadInput
        If there are none, or they do not fit the options.
    """
    source, second = str(source), str(options.second)
    if options.second is not None:
        _check_no_stream(source, second)
        _check_differ(source, second)
    data = _at_size(source, options)
    if options.second is not None:
        data = join_domains(data, _at_size(second, options), (source, second))
    if options.limit is not None:
        data = replace(data, train=limited_rows(data, options.limit))
    if len(data.train) < 2 or len(data.validation) < 2:
        raise BadInput(
            f"{source}: {len(data.train)} images to learn and {len(data.validation)} held out; "
            "each needs 2 or more, give more images or another held_out"
        )
    recorded = ("palette", "resize", "part", "held_out", "limit")
    read = {"source": source, **{name: getattr(options, name) for name in recorded}}
    if options.second is not None:
        read["second"] = str(options.second)
    facts = {
        "shape": [data.channels, data.size, data.size],
        "channels": data.channels,
        "read": read,
        **(data.facts or {}),
    }
    return replace(data, facts=facts)


def limited_rows(data: Data, limit: int) -> Tensor:
    """Return so many training rows, in their order; see `DataOptions.limit`."""
    count = len(data.train)
    if limit >= count or data.contents is None or not data.contents.labels:
        return data.train[:limit]
    return data.train[torch.arange(limit) * count // limit]  # images lie sorted by class


def ignored_options(source: str) -> dict[str, str]:
    """Return the settings of data that mean nothing to a source, each with the reason.

    Parameters
    ----------
    source
        The data, as for `open_data`.
    """
    only = {"part": "which is not MNIST", "root": "which is not MNIST"}
    if source.startswith(PREFIX):
        only["held_out"] = "which holds out its first images"
    else:
        only["epoch_images"] = "which is no live stream"
    if source in MNISTS:
        return {"epoch_images": only["epoch_images"], "palette": "which has no levels to colour"}
    if Path(source).is_file():
        only["held_out"] = "which says itself what is held out"
    if Path(source).is_dir() or is_packed(Path(source)):
        only["palette"] = "which has no levels to colour"
    return only


def _check_no_stream(*sources: str) -> None:
    """Refuse streams as domains, before one is rendered. Raises BadInput."""
    for source in sources:
        if source.startswith(PREFIX):
            raise BadInput(
                f"{source}: a stream cannot be one of two domains; render a data set file"
            )


def _check_differ(source: str, second: str) -> None:
    """Refuse one data set as both domains. Raises BadInput."""
    paths = Path(source), Path(second)
    if source == second or (all(p.exists() for p in paths) and paths[0].samefile(paths[1])):
        raise BadInput(f"{second}: is the first domain already; give another one with --second")


def _at_size(source: str, options: DataOptions) -> Data:
    """Read the images of one source in the size and the channels of the options."""
    size = options.size
    data = _in_channels(_read(source, options), options.channels, source)
    if size is None or data.size == size:
        return data
    if not options.resize:
        raise WrongImageSize(
            f"{source}: images of {data.size} px, not {size}; give --set size={data.size} "
            "or allow --set resize=true"
        )
    return resized(data, size)


def _read(source: str, options: DataOptions) -> Data:
    """Read the images with the reader of their kind."""
    o = options
    if source.startswith(PREFIX):
        if o.limit is not None or o.resize:
            raise BadInput(f"{source}: has no end and one size; leave out limit and resize")
        return first_images(read_live(source), o.palette, o.channels)
    if source in MNISTS:
        if o.root is None and Path(source).is_dir():
            raise BadInput(
                f"{source}: the name of a data set, and of a folder here; give ./{source} for the "
                "folder, or --root FOLDER that holds the IDX files"
            )
        return read_mnist(source, o.root, o.part, o.held_out)
    if Path(source).is_dir():
        return read_image_folder(
            Path(source), size=o.size, channels=o.channels, resize=o.resize, held_out=o.held_out
        )
    if Path(source).exists():  # or a pipe, which is refused
        return read_dataset_file(Path(source), o.palette, o.channels)
    raise BadInput(
        f"{source}: no such file or folder; give a dataset file, an image folder, "
        "mnist, fashion-mnist or live:NAME"
    )


def _in_channels(data: Data, channels: int | None, source: str) -> Data:
    """Return the data with as many channels as were asked for. Raises BadInput."""
    if channels not in (None, 1, 3):
        raise BadInput(f"channels={channels}: give 1 or 3")
    if channels is None or data.channels == channels:
        return data
    if channels == 1:
        raise BadInput(f"{source}: colour images; leave channels unset or give 3")
    return replace(data, images=data.images.expand(-1, 3, -1, -1).contiguous())
