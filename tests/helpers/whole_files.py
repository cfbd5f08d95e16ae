"""Which files of a folder are whole, by what can read them."""

import json
import re
import sqlite3
import zipfile

import h5py
import numpy as np
from PIL import Image


def no_number(word):
    """Refuse NaN and Infinity."""
    raise ValueError(f"{word} is no strict JSON")


def strict(text):
    """Return what a text of strict JSON holds."""
    return json.loads(text, parse_constant=no_number)


def read_picture(path):
    with Image.open(path) as image:
        for frame in range(getattr(image, "n_frames", 1)):
            image.seek(frame)
            image.load()


def read_hdf5(path):
    with h5py.File(path, "r") as file:
        assert file.attrs["format_version"] and file["images"][:] is not None


def read_lines(path):
    text = path.read_text(encoding="utf-8")
    assert not text or text.endswith("\n")
    for line in text.splitlines():
        strict(line)


def read_page(path):
    text = path.read_text(encoding="utf-8", errors="surrogateescape").rstrip()
    assert text.startswith("<") and text.endswith((">", "</html>")), text[-80:]


def read_weights(path):
    import torch

    torch.load(path, weights_only=True)


def read_arrays(path):
    with np.load(path) as arrays:
        for name in arrays:
            assert arrays[name] is not None


def read_parquet(path):
    import pyarrow.parquet as pq

    pq.read_table(path)


def read_zip(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None


def read_database(path):
    with sqlite3.connect(path) as database:
        assert database.execute("pragma integrity_check").fetchone() == ("ok",)


READERS = {
    ".png": read_picture, ".gif": read_picture, ".h5": read_hdf5, ".html": read_page,
    ".json": lambda path: strict(path.read_text(encoding="utf-8")), ".jsonl": read_lines,
    ".pt": read_weights, ".npz": read_arrays, ".parquet": read_parquet, ".zip": read_zip,
    ".db": read_database, ".csv": lambda path: path.read_bytes().endswith(b"\n") or 1 / 0,
}  # fmt: skip


def is_unfinished(path):
    """Return whether a name says that the file is not complete."""
    return any(".part" in part or re.fullmatch(r"\..*\.\d+", part) for part in path.parts)


def unfinished(folder):
    """Return the names below a folder that are no final ones."""
    paths = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    return [str(path) for path in paths if is_unfinished(path)]


def check_whole(folder):
    """Read every file below a folder that has its final name; fail where one is not whole."""
    for path in sorted(folder.rglob("*")):
        if path.is_file() and not is_unfinished(path.relative_to(folder)):
            reader = READERS.get(path.suffix)
            try:
                if reader is not None:
                    reader(path)
            except Exception as error:
                raise AssertionError(f"{path} is not whole: {error!r}") from error
