"""A data set as folders of PNG files with a table beside them."""

import csv
import fnmatch
import io
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.files import replacing
from fractaldream_base.locks import locked

from .dataset import Dataset
from .table import columns_of

TABLE = "metadata.csv"  # as Hugging Face's `imagefolder` reads it
PLAN = "export.json"  # in an unfinished folder: what is written there
UNFINISHED = ".*.part"  # a file that was being written when its process was killed
STRAY = (UNFINISHED, ".DS_Store", "._*")  # in a folder of pictures: nothing that anybody misses
DIGITS = 6  # of the number that a name begins with; more where there are more images


def image_name(number: int, params: np.ndarray) -> str:
    """Return the name of an image's file: its number, and its six parameters in full.

    Numbers differ where parameters are the same, and no name begins with a minus sign.

    >>> image_name(12, [-0.5, 0.25, 1, -2, 0.75, 3])
    '000012_-0.5_0.25_1.0_-2.0_0.75_3.0.png'
    """
    return "_".join([f"{number:0{DIGITS}d}", *(repr(float(value)) for value in params)]) + ".png"


def png_bytes(image: np.ndarray) -> bytes:
    """Return an image, uint8 (H, W) or (H, W, 3), as a PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def write_png_folders(
    data: Dataset,
    out: Path,
    palettes: tuple[str, ...],
    rows: slice,
    blocks: Callable[[], Iterator[slice]],
    force: bool,
) -> None:
    """Write rows of a data set as the folders `out`/PALETTE of PNG files.

    A folder gets its name when it is complete. Until then it is called `.PALETTE.part`, and the
    next export of the same rows goes on with it.

    Parameters
    ----------
    data : Dataset
        The data set.
    out : Path
        The folder that holds the folders.
    palettes : tuple of str
        Names of the palettes.
    rows : slice
        Rows of the file.
    blocks : callable
        Function that gives the rows in blocks to read at a time.
    force : bool
        Replace folders that an earlier export wrote.

    Raises
    ------
    BadInput
        If a folder is there already, or cannot be written.
    """
    plans = {name: _plan(data, rows, name) for name in palettes}
    # an export that was killed at its end may have given some folders their names already
    missing = tuple(name for name in palettes if not _holds_plan(out / name, plans[name]))
    for name in missing:
        check_replaceable(out / name, force)
    parts = [out / f".{name}.part" for name in missing]
    try:
        for part in parts:
            part.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made ({error.strerror}); choose another place") from None
    with locked(out / ".export.lock", f"{out}: another export is at work there; wait for it"):
        for part, name in zip(parts, missing, strict=True):
            _begin(part, plans[name])
        _write_images(data, parts, missing, blocks)
        for part in parts:
            _write_table(data, part, rows)
        for part, name in zip(parts, missing, strict=True):
            if (out / name).exists():
                shutil.rmtree(out / name)
            part.rename(out / name)
        for name in palettes:
            (out / name / PLAN).unlink(missing_ok=True)


def _plan(data: Dataset, rows: slice, palette: str) -> dict[str, object]:
    """Return what determines a folder of pictures, in JSON's types."""
    row_range = [rows.start, rows.stop]
    return {"content_sha256": data.content_sha256, "rows": row_range, "palette": palette}


def check_replaceable(folder: Path, force: bool) -> None:
    """Raise BadInput unless a folder of pictures may be written, or replaced by `force`."""
    if not folder.exists():
        return
    if not folder.is_dir():
        raise BadInput(f"{folder}: a file; choose another name")
    names = {path.name for path in folder.iterdir()}
    names = {n for n in names if not any(fnmatch.fnmatch(n, pattern) for pattern in STRAY)}
    if not names:
        return
    expected = (TABLE, PLAN)
    other = sorted(n for n in names if n not in expected and not fnmatch.fnmatch(n, "[0-9]*.png"))
    if other or TABLE not in names:
        reason = f"holds {other[0]}" if other else f"has no {TABLE}"
        raise BadInput(f"{folder}: {reason}, so no export wrote it; choose another --out")
    if not force:
        raise BadInput(f"{folder}: exists; choose another name or add --force to replace it")


def _begin(part: Path, plan: dict[str, object]) -> None:
    """Keep what an interrupted export of the same images left in a folder, and nothing else."""
    if not _holds_plan(part, plan):
        shutil.rmtree(part)
        part.mkdir()
        (part / PLAN).write_text(json.dumps(plan), encoding="utf-8")
    for path in part.glob(UNFINISHED):
        path.unlink()


def _holds_plan(folder: Path, plan: dict[str, object]) -> bool:
    """Return whether an export with this plan wrote the folder, and was killed before its end."""
    try:
        return bool(json.loads((folder / PLAN).read_text(encoding="utf-8")) == plan)
    except (OSError, ValueError):
        return False


def _write_images(
    data: Dataset,
    parts: list[Path],
    palettes: tuple[str, ...],
    blocks: Callable[[], Iterator[slice]],
) -> None:
    """Write the PNG files that are not there yet."""
    params, index = data.params, data.index
    tables = [data.palette(name) for name in palettes]
    for block in blocks():
        names = [image_name(*each) for each in zip(index[block], params[block], strict=True)]
        if all((part / name).exists() for part in parts for name in names):
            continue
        for name, levels in zip(names, data[block], strict=True):
            for part, table in zip(parts, tables, strict=True):
                if not (part / name).exists():
                    with replacing(part / name) as beside:
                        beside.write_bytes(png_bytes(table[levels]))


def _write_table(data: Dataset, folder: Path, rows: slice) -> None:
    """Write metadata.csv: the name of each file, its parameters and what was measured."""
    columns = columns_of(data, rows)
    names = map(image_name, columns["index"], data.params[rows])
    with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out, lineterminator="\n")
        writer.writerow(["file_name", *columns])
        values = [column.tolist() for column in columns.values()]
        writer.writerows(zip(names, *values, strict=True))
