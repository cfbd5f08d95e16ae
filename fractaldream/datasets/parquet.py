"""Parquet files of images with their parameters, as Hugging Face's `datasets` reads them."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from fractaldream_base.errors import BadInput

from .dataset import Dataset
from .png_folder import png_bytes
from .table import Rows, columns_of

ROW_GROUP = 100  # images that a reader, such as the viewer of Hugging Face, loads at a time


def import_pyarrow(extra: str) -> Any:
    """Return pyarrow. Raises BadInput that names the extra to install where it is missing."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise BadInput(
            f"Parquet needs pyarrow; install it with: pip install 'fractaldream[{extra}]'"
        ) from None
    return pyarrow


def write_images(data: Dataset, out: Path, blocks: Iterable[Rows], extra: str = "parquet") -> None:
    """Write one row per image: the columns of the table, and the levels as PNG in `image`.

    The metadata of the schema name the type of each column for `datasets`, so that
    `load_dataset("parquet", data_files=...)` gives pictures; the recipe and the content hash of the
    data set stand beside them.

    Parameters
    ----------
    data : Dataset
        The data set.
    out : Path
        The file to write.
    blocks : iterable of slice or ndarray
        Rows of the file, in blocks to read at a time.
    extra : str
        Extra that holds pyarrow, for the message where it is missing.
    """
    pa = import_pyarrow(extra)
    picture = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    whole = columns_of(data)
    writer = None
    try:
        for rows in blocks:
            values = {name: column[rows] for name, column in whole.items()}
            arrays = {name: pa.array(column) for name, column in values.items()}
            images = [
                {"bytes": png_bytes(image), "path": f"{number}.png"}
                for image, number in zip(data[rows], values["index"], strict=True)
            ]
            table = pa.table({"image": pa.array(images, picture)} | arrays)
            if writer is None:
                schema = table.schema.with_metadata(_metadata(data, table.schema))
                writer = pa.parquet.ParquetWriter(out, schema)
            writer.write_table(table.cast(writer.schema), row_group_size=ROW_GROUP)
    finally:
        if writer is not None:
            writer.close()


def write_table(data: Dataset, out: Path, extra: str = "publish") -> None:
    """Write the table of a data set, without images."""
    pa = import_pyarrow(extra)
    table = pa.table({name: pa.array(values) for name, values in columns_of(data).items()})
    pa.parquet.write_table(table.replace_schema_metadata(_metadata(data, table.schema)), out)


def _metadata(data: Dataset, schema: Any) -> dict[str, str]:
    """Return the metadata of a file: its features for `datasets`, the recipe, the content hash."""
    features = {
        field.name: {"_type": "Image"}
        if field.name == "image"
        else {"dtype": str(field.type).replace("double", "float64"), "_type": "Value"}
        for field in schema
    }
    return {
        "huggingface": json.dumps({"info": {"features": features}}),
        "recipe": data.recipe.to_json(),
        "content_sha256": data.content_sha256,
    }


def blocks_of(rows: np.ndarray, size: int) -> list[np.ndarray]:
    """Return rows in blocks of at most `size`."""
    return [rows[start : start + size] for start in range(0, len(rows), size)]
