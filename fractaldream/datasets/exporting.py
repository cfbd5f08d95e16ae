"""A data set in the forms that other tools read: PNG folders, npz, Parquet."""

import json
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing

from ..progress import progress_bar
from ..recipe import PARAM_NAMES
from . import dataset, parquet, png_folder
from .dataset import Dataset
from .palettes import PALETTES

FORMATS = ("png", "npz", "parquet")
BLOCK = 500  # images in memory at a time


def export(
    path: str | Path,
    out: str | Path,
    *,
    format: str,
    palettes: tuple[str, ...] = ("kbc",),
    start: int = 0,
    stop: int | None = None,
    force: bool = False,
    progress: bool = False,
) -> Path:
    """Write rows of a data set in another format.

    Parameters
    ----------
    path : str or Path
        The data set file.
    out : str or Path
        The file to write; for PNG the folder that holds a folder for each palette.
    format : {"png", "npz", "parquet"}
        `png`: the folders `out`/PALETTE of RGB images on white, one file per image, called
        NUMBER_x0_y0_a_b_c_d.png, and `metadata.csv`, a table with their names, parameters and
        measures that `datasets.load_dataset("imagefolder", data_dir=...)` reads.
        `npz`: the keys of dSprites: `imgs` uint8 (n, H, W), `latents_values` float64 (n, 6),
        `latents_classes` int64 (n, 6), the decile of each value, and `metadata` (JSON).
        `parquet`: one row per image with its parameters, its measures and its levels as PNG, which
        `datasets.load_dataset("parquet", data_files=...)` shows as pictures (needs pyarrow).
    palettes : tuple of str
        Palettes of the PNG files.
    start, stop : int
        First row, and the row to stop before. Default: all rows.
    force : bool
        Replace what an earlier export wrote, once this one is complete.
    progress : bool
        Show progress on stderr.

    Returns
    -------
    Path
        What was written. An export to PNG that is interrupted goes on where it was.

    Raises
    ------
    BadInput
        If the rows or the palettes do not exist, or something is there already.

    Examples
    --------
    >>> import fractaldream as fd
    >>> rendered = fd.render(fd.Recipe(n=4, size=32, iterations=4000), "small.h5")
    >>> folder = fd.export("small.h5", "small", format="png", palettes=("kbc", "viridis"))
    >>> len(list((folder / "viridis").glob("*.png")))
    4
    """
    _check_choices(format, palettes)
    with dataset.open(path) as data:
        rows = _chosen_rows(len(data), start, stop)
        _write(data, Path(out), format, palettes, rows, force, progress)
    return Path(out)


def _check_choices(format: str, palettes: tuple[str, ...]) -> None:
    """Raise BadInput for a format or a palette that does not exist."""
    if format not in FORMATS:
        raise BadInput(f"format {format!r}: choose {', '.join(FORMATS)}")
    for name in palettes:
        if name not in PALETTES:
            raise BadInput(f"palette {name!r}: choose {', '.join(PALETTES)}")


def _chosen_rows(n: int, start: int, stop: int | None) -> slice:
    """Return the rows start to stop of n. Raises BadInput where they do not exist."""
    stop = n if stop is None else stop
    if not 0 <= start < stop <= n:
        raise BadInput(f"rows {start} to {stop}: give 0 <= start < stop <= {n}")
    return slice(start, stop)


def _write(
    data: Dataset,
    out: Path,
    format: str,
    palettes: tuple[str, ...],
    rows: slice,
    force: bool,
    progress: bool,
) -> None:
    """Write rows into folders or a file. Raises BadInput where something else is there."""
    if format == "png":
        names = tuple(dict.fromkeys(palettes))
        blocks = partial(_blocks, rows, progress)
        png_folder.write_png_folders(data, out, names, rows, blocks, force)
        return
    if out.is_dir():
        raise BadInput(f"{out}: a folder; give the name of a file")
    if out.exists() and not force:
        raise BadInput(f"{out}: exists; choose another name or add --force to replace it")
    with replacing(out) as beside:
        if format == "npz":
            _export_npz(data, beside, rows.start, rows.stop, progress)
        else:
            parquet.write_images(data, beside, _blocks(rows, progress))


def _blocks(rows: slice, progress: bool) -> Iterator[slice]:
    start, stop = rows.start, rows.stop
    with progress_bar(progress, stop - start, "exporting", " images") as advance:
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            yield slice(first, last)
            advance(last - first)


def _export_npz(data: Dataset, out: Path, start: int, stop: int, progress: bool) -> None:
    params = data.params[start:stop]
    # distinct values share a class only when they are equal or of one decile
    edges = np.quantile(params, np.arange(1, 10) / 10, axis=0)
    classes = np.stack(
        [np.searchsorted(edges[:, k], params[:, k], side="right") for k in range(6)], axis=1
    )
    metadata = {
        "title": "Fractal Dream data set",
        "latents_names": list(PARAM_NAMES),
        "latents_sizes": [10] * 6,
        "class_edges": edges.T.tolist(),
        "recipe": json.loads(data.recipe.to_json()),
        "content_sha256": data.content_sha256,
        "start": start,
        "stop": stop,
    }
    shape = (stop - start, *data.shape[1:])
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open("imgs.npy", "w", force_zip64=True) as member:
            header = {"descr": "|u1", "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(member, header)
            for rows in _blocks(slice(start, stop), progress):
                member.write(data[rows].tobytes())
        for name, values in (
            ("latents_values", params),
            ("latents_classes", classes.astype(np.int64)),
            ("split", data.split[start:stop]),
            ("metadata", np.array(json.dumps(metadata))),
        ):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)
