"""A data set in the forms that other tools read: PNG folders, npz, Parquet."""

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from . import dataset
from .dataset import COLUMNS, Dataset
from .errors import BadInput
from .files import replacing
from .palettes import PALETTES
from .progress import progress_bar
from .recipe import PARAM_NAMES

FORMATS = ("png", "npz", "parquet")
BLOCK = 512  # images in memory at a time


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
    """Write rows start to stop (default: all) of a data set to `out`, which is returned.

    png: a folder `out`/PALETTE for each palette, with x0_y0_a_b_c_d.png in RGB on white, as the
    data set of 2019. npz: `imgs` uint8 (n, H, W), `latents_values` float64 (n, 6),
    `latents_classes` int64 (n, 6), the decile of each value, and `metadata` (JSON), the keys of
    dSprites. parquet: a row per image with all columns and the levels as PNG (needs pyarrow).
    PNGs that are there already are kept, so an interrupted export goes on where it was.
    """
    out = Path(out)
    if format not in FORMATS:
        raise BadInput(f"format {format!r}: choose {', '.join(FORMATS)}")
    for name in palettes:
        if name not in PALETTES:
            raise BadInput(f"palette {name!r}: choose {', '.join(PALETTES)}")
    with dataset.open(path) as data:
        stop = len(data) if stop is None else stop
        if not 0 <= start < stop <= len(data):
            raise BadInput(f"rows {start} to {stop}: give 0 <= start < stop <= {len(data)}")
        if format == "png":
            _export_png(data, out, palettes, start, stop, progress)
            return out
        if out.is_dir():
            raise BadInput(f"{out}: a folder; give the name of a file")
        if out.exists() and not force:
            raise BadInput(f"{out}: exists; choose another name or add --force to replace it")
        write = _export_npz if format == "npz" else _export_parquet
        with replacing(out) as beside:
            write(data, beside, start, stop, progress)
    return out


def image_name(params: np.ndarray) -> str:
    """Return the file name of 2019: the six parameters in full, so that they can be read back."""
    return "_".join(repr(float(value)) for value in params) + ".png"


def _blocks(start: int, stop: int, progress: bool) -> Iterator[slice]:
    with progress_bar(progress, stop - start, "exporting", " images") as advance:
        for first in range(start, stop, BLOCK):
            last = min(first + BLOCK, stop)
            yield slice(first, last)
            advance(last - first)


def png_bytes(image: np.ndarray) -> bytes:
    """Return an image, uint8 (H, W) or (H, W, 3), as a PNG file."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(image).save(buffer, format="PNG")
    return buffer.getvalue()


def _export_png(
    data: Dataset, out: Path, palettes: tuple[str, ...], start: int, stop: int, progress: bool
) -> None:
    params = data.params
    try:
        for name in palettes:
            (out / name).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{out}: cannot be made ({error.strerror}); choose another place") from None
    for rows in _blocks(start, stop, progress):
        levels = data[rows]
        for name in palettes:
            table = data.palette(name)
            for values, image in zip(params[rows], levels, strict=True):
                target = out / name / image_name(values)
                if not target.exists():
                    with replacing(target) as beside:
                        beside.write_bytes(png_bytes(table[image]))


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
            for rows in _blocks(start, stop, progress):
                member.write(data[rows].tobytes())
        for name, values in (
            ("latents_values", params),
            ("latents_classes", classes.astype(np.int64)),
            ("split", data.split[start:stop]),
            ("metadata", np.array(json.dumps(metadata))),
        ):
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, values, allow_pickle=False)


def _export_parquet(data: Dataset, out: Path, start: int, stop: int, progress: bool) -> None:
    try:
        import pyarrow as pa
        import pyarrow.parquet as pq
    except ImportError:
        raise BadInput(
            "parquet needs pyarrow; install it with: pip install 'fractaldream[parquet]'"
        ) from None
    columns = {name: getattr(data, name) for name, *_ in COLUMNS}
    writer = None
    try:
        for rows in _blocks(start, stop, progress):
            values = {"index": columns["index"][rows]}
            values |= {name: columns["params"][rows, k] for k, name in enumerate(PARAM_NAMES)}
            values |= {
                name: columns[name][rows] for name in ("split", "visited", "lyapunov", "cycle")
            }
            arrays = {name: pa.array(array) for name, array in values.items()}
            images = [
                {"bytes": png_bytes(image), "path": f"{number}.png"}
                for image, number in zip(data[rows], values["index"], strict=True)
            ]
            kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
            arrays["image"] = pa.array(images, kind)
            table = pa.table(arrays)
            if writer is None:
                schema = table.schema.with_metadata(
                    {"recipe": data.recipe.to_json(), "content_sha256": data.content_sha256}
                )
                writer = pq.ParquetWriter(out, schema)
            writer.write_table(table.cast(writer.schema))
    finally:
        if writer is not None:
            writer.close()
