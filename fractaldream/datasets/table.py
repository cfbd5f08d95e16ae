"""The table of a data set: one row per image, with its parameters and what was measured on it."""

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from fractaldream_base.data_frames import data_frame_class
from fractaldream_base.opening import open_hdf5, reading

from ..recipe import PARAM_NAMES
from . import pack
from .dataset import Dataset

if TYPE_CHECKING:
    import pandas

SPLITS = ("train", "validation", "test")  # as files count them: 0, 1, 2
Rows = slice | np.ndarray


def columns_of(data: Dataset, rows: Rows = slice(None)) -> dict[str, np.ndarray]:
    """Return the table of a data set, by the names of its columns.

    Parameters
    ----------
    data : Dataset
        The data set; no image is read.
    rows : slice or ndarray
        Rows of the file. Default: all.

    Returns
    -------
    dict of str to ndarray (n,)
        `index`, number of the image in its recipe; the parameters `x0`, `y0`, `a`, `b`, `c`, `d`;
        `split`, `train`, `validation` or `test`; `visited`, share of the pixels visited at least
        once; `lyapunov`, largest Lyapunov exponent in nats per step; `cycle`, period of the exact
        cycle on which the orbit ended, or 0.
    """
    params = data.params[rows]
    return {
        "index": data.index[rows],
        **{name: params[:, k] for k, name in enumerate(PARAM_NAMES)},
        "split": np.array(SPLITS)[data.split[rows]],
        "visited": data.visited[rows] / (data.shape[1] * data.shape[2]),
        "lyapunov": data.lyapunov[rows],
        "cycle": data.cycle[rows],
    }


def to_dataframe(source: str | Path | Dataset) -> "pandas.DataFrame":
    """Return the parameters and measures of a data set as a table of pandas.

    Parameters
    ----------
    source : str, Path or Dataset
        A data set, or the path of a data set file or of a pack of `evalkit clean apply`.

    Returns
    -------
    pandas.DataFrame
        One row per image, in the order of the file, so that row i describes `data[i]`. Its columns
        are those of `fractaldream export --format parquet` without the image: `index`, `x0`, `y0`,
        `a`, `b`, `c`, `d`, `split`, `visited` (share of the pixels), `lyapunov` (nats per step) and
        `cycle` (steps). A pack has `path`, `split` and `sha256`.

    Raises
    ------
    BadInput
        If the file is no data set, or pandas is not installed.

    Examples
    --------
    >>> import fractaldream as fd
    >>> rendered = fd.render(fd.Recipe(n=20, size=32, iterations=4000), "small.h5")
    >>> table = fd.to_dataframe("small.h5")
    >>> table.shape
    (20, 11)
    >>> bool((table["visited"] >= 0.15).all())  # the recipe refuses emptier images
    True
    """
    data_frame = data_frame_class()
    if not isinstance(source, Dataset):
        if pack.is_pack(source):
            with open_hdf5(source) as file, reading(source):
                pack.check_layout(file, source)
                return data_frame(pack.columns_of(file))
        with Dataset(source) as data:
            return data_frame(columns_of(data))
    return data_frame(columns_of(source))
