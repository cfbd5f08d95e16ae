"""The dataset file: what is in it, writing it, and reading it lazily.

Images are one deflated chunk each, so that any HDF5 reader opens the file and one image costs
one small read. `content_sha256` covers parameters and levels only: the SHA-256 of the images'
digests in order, an image's digest being the SHA-256 of its six parameters (little-endian
float64) followed by its levels (row by row). It is the same for any chunks, compression,
threads or shards.
"""

import hashlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from fractaldream_base.errors import BadInput
from fractaldream_base.opening import check_arrays, check_version, file_name, open_hdf5, reading

from .. import __version__
from ..parameters.sampling import split_of
from ..recipe import PARAM_NAMES, Recipe
from ..rendering.images import count_dtype
from .palettes import PALETTES, palette

FORMAT_VERSION = 1
MAX_SHARDS = 200  # of a virtual file: HDF5 keeps all of them open and, when it may open no more
# (256 files in a shell on macOS, 1,024 on Linux), reads zeros
Shards = Sequence[tuple[str, int]]
REFUSALS = ("probe", "visited", "cycle")

# What is measured on every image: name, type, width of a row, what it says
COLUMNS: tuple[tuple[str, str, int, str], ...] = (
    ("params", "<f8", 6, "x0, y0, a, b, c, d"),
    ("index", "<i8", 1, "number of the image in its recipe"),
    ("split", "u1", 1, "0 training, 1 validation, 2 test, by a hash of index"),
    ("visited", "<i4", 1, "pixels visited at least once"),
    ("lyapunov", "<f8", 1, "largest Lyapunov exponent, nats per step"),
    ("cycle", "<i4", 1, "exact period on which the orbit ended, 0: none up to 2048"),
    ("extent", "<f4", 4, "view: x low, x high, y low, y high"),
    ("refused", "<u4", 3, "draws refused before this one: probe, visited, cycle"),
    ("sha256", "u1", 32, "SHA-256 of parameters and levels"),
)


def content_hash(digests: np.ndarray | h5py.Dataset) -> str:
    """Return the SHA-256 of the digests (n, 32) of a data set's images, in order."""
    whole = hashlib.sha256()
    for start in range(0, digests.shape[0], 2**16):
        whole.update(digests[start : start + 2**16].tobytes())
    return whole.hexdigest()


def image_digest(params: np.ndarray, levels: np.ndarray) -> bytes:
    """Return the SHA-256 of one image: its parameters (6,) and levels (H, W)."""
    digest = hashlib.sha256(np.ascontiguousarray(params, "<f8").data)
    digest.update(np.ascontiguousarray(levels).data)
    return digest.digest()


@dataclass
class Part:
    """Images start to stop of a recipe, as they go into a file: deflated chunks and columns."""

    start: int
    stop: int
    chunks: list[bytes] = field(default_factory=list)
    counts: list[bytes] = field(default_factory=list)
    columns: dict[str, np.ndarray] = field(default_factory=dict)

    def __post_init__(self) -> None:
        index = np.arange(self.start, self.stop)
        n = len(index)
        self.chunks = [b""] * n
        self.counts = [b""] * n
        self.columns = {
            name: np.zeros((n, width) if width > 1 else n, kind) for name, kind, width, _ in COLUMNS
        }
        self.columns["index"][:] = index
        self.columns["split"][:] = split_of(index)


def create(file: h5py.File, recipe: Recipe, n: int, counts: bool, shards: Shards = ()) -> None:
    """Lay out an empty dataset file for n images.

    shards: make a virtual file, whose levels and counts stay in these dataset files: the path of
    each, relative to the folder of the file, and its number of images.
    """
    shape, chunk = (n, recipe.size, recipe.size), (1, recipe.size, recipe.size)
    stacks: dict[str, Any] = {"images": "u1"}
    if counts:
        stacks["counts"] = count_dtype(recipe.iterations)
    for name, kind in stacks.items():
        if shards:
            layout = h5py.VirtualLayout(shape, kind)
            row = 0
            for source, held in shards:
                escaped = source.replace("%", "%%")  # HDF5 numbers blocks by %b
                part = h5py.VirtualSource(escaped, name, (held, *shape[1:]), kind)
                layout[row : row + held] = part
                row += held
            file.create_virtual_dataset(name, layout)
        else:
            file.create_dataset(name, shape, kind, chunks=chunk, compression="gzip")
    file["images"].attrs["description"] = (
        "levels: 0 = never visited, 1 to 255 = least to most; row 0 on top"
    )
    for name, dtype, width, text in COLUMNS:
        column = file.create_dataset(name, (n, width) if width > 1 else n, dtype)
        column.attrs["description"] = text
    for name in PALETTES:
        file.create_dataset(f"palettes/{name}", data=palette(name))
    file.attrs["format_version"] = FORMAT_VERSION
    file.attrs["fractaldream_version"] = __version__
    file.attrs["param_names"] = list(PARAM_NAMES)
    file.attrs["recipe"] = recipe.to_json()


def write_part(file: h5py.File, part: Part, at: int) -> None:
    """Put a part's images at row `at` of a laid-out file."""
    for name, values in part.columns.items():
        file[name][at : at + len(values)] = values
    for dataset, chunks in (("images", part.chunks), ("counts", part.counts)):
        if dataset in file:
            target = file[dataset].id
            for row, chunk in enumerate(chunks):
                target.write_direct_chunk((at + row, 0, 0), chunk)


def copy_rows(source: h5py.File, file: h5py.File, at: int) -> None:
    """Put a shard's images at row `at` of a laid-out file, by raw chunk copy.

    Where the file is virtual, only the columns are copied.
    """
    n = source["images"].shape[0]
    for name, *_ in COLUMNS:
        file[name][at : at + n] = source[name][:]
    for name in ("images", "counts"):
        if name in file and not file[name].is_virtual:
            origin, target = source[name].id, file[name].id
            for row in range(n):
                _, chunk = origin.read_direct_chunk((row, 0, 0))
                target.write_direct_chunk((at + row, 0, 0), chunk)


def finish(file: h5py.File) -> str:
    """Write the attributes that need all images; return the content hash."""
    content = content_hash(file["sha256"])
    file.attrs["content_sha256"] = content
    return content


def seal(file: h5py.File, folder: Path) -> None:
    """Note in a virtual file in `folder` how large its shards are.

    HDF5 itself reads zeros where one is missing or cut short; with this, `open_file` says so.
    """
    sizes = [path.stat().st_size for path in shards_of(file, folder)]
    file["images"].attrs["shard_bytes"] = np.array(sizes, "<i8")


def shards_of(file: h5py.File, folder: Path) -> list[Path]:
    """Return the files that hold the levels of a virtual file in `folder`; none if it is plain."""
    if not file["images"].is_virtual:
        return []
    names = (source.file_name for source in file["images"].virtual_sources())
    return [folder / file_name(name).replace("%%", "%") for name in names]


def part_bytes(recipe: Recipe, part: Part, counts: bool) -> memoryview:
    """Return a complete dataset file of one part, so that writing it is one plain write."""
    name = f"part-{id(part)}"  # HDF5 knows files by name, also those in memory
    with h5py.File(name, "w", driver="core", backing_store=False, libver="v110") as file:
        create(file, recipe, part.stop - part.start, counts)
        write_part(file, part, 0)
        finish(file)
        file.flush()
        return memoryview(file.id.get_file_image())


def open_file(path: str | Path) -> h5py.File:
    """Return the HDF5 file for reading, or BadInput saying why it is not a data set of ours."""
    path = Path(path)
    file = open_hdf5(path)
    try:
        with reading(path):
            _check_layout(file, path)
    except BaseException:
        file.close()
        raise
    return file


def _check_layout(file: h5py.File, path: Path) -> None:
    version = file.attrs.get("format_version")
    names = [name for name, *_ in COLUMNS] + ["images"]
    if version is None or "recipe" not in file.attrs:
        raise BadInput(f"{path}: an HDF5 file, but not a fractaldream data set; render one")
    check_version(path, version, FORMAT_VERSION)
    missing = [name for name in names if name not in file]
    if missing or "content_sha256" not in file.attrs:
        raise BadInput(f"{path}: incomplete, {missing or 'content hash'} missing; copy it again")
    columns = {name: 1 if width == 1 else 2 for name, _, width, _ in COLUMNS}
    check_arrays(file, path, columns | {"images": 3, "counts": 3})
    if hasattr(file.get("palettes"), "shape"):
        raise BadInput(f"{path}: damaged, its palettes are an array; copy it again")
    shards = shards_of(file, path.parent)
    for shard, size in zip(shards, file["images"].attrs.get("shard_bytes", ()), strict=True):
        if not shard.is_file():
            raise BadInput(
                f"{path}: virtual, and {shard} is missing; move the file together with its folder "
                f"{shard.parent.name}"
            )
        if shard.stat().st_size != size:
            raise BadInput(
                f"{shard}: {shard.stat().st_size} bytes, not the {size} that {path.name} was "
                "made of; copy it again"
            )


class Dataset:
    """A dataset file, read lazily: opened on first use in each process, pickled as its path.

    `data[i]`, `data[i:j]`, `data[[3, 1]]` and `data[mask]` give levels, uint8 (H, W) or
    (n, H, W); `data.params`, `data.split`, `data.visited`, `data.lyapunov`, `data.cycle`,
    `data.extent`, `data.index`, `data.refused` and `data.sha256` whole columns; `data.counts`
    a view that slices the same way; `data.rgb(i, "kbc")` colours.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._opened: tuple[int, h5py.File] | None = None
        file = self._file
        self.recipe = Recipe.from_json(str(file.attrs["recipe"]), str(path))
        self.content_sha256 = str(file.attrs["content_sha256"])
        self.shape: tuple[int, int, int] = file["images"].shape
        self.dtype = file["images"].dtype

    @property
    def _file(self) -> h5py.File:
        # an HDF5 handle must not cross a fork, so each process opens its own
        if self._opened is None or self._opened[0] != os.getpid():
            self._opened = (os.getpid(), open_file(self.path))
        return self._opened[1]

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_opened": None}

    def __len__(self) -> int:
        return self.shape[0]

    def __repr__(self) -> str:
        return f"<fractaldream data set {str(self.path)!r} {self.shape}, law {self.recipe.law}>"

    def __enter__(self) -> "Dataset":
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        return np.asarray(self[:], dtype)

    def close(self) -> None:
        """Close the file; the next read opens it again."""
        if self._opened is not None and self._opened[0] == os.getpid():
            self._opened[1].close()
        self._opened = None

    def __getitem__(self, key: Any) -> np.ndarray:
        with reading(self.path):
            return _slice(self._file["images"], key)

    def __iter__(self) -> Iterator[np.ndarray]:
        return (self[i] for i in range(len(self)))

    def __getattr__(self, name: str) -> np.ndarray:
        if name in {column for column, *_ in COLUMNS}:
            with reading(self.path):
                out: np.ndarray = self._file[name][:]
                return out
        raise AttributeError(f"{type(self).__name__} has no {name!r}")

    @property
    def has_counts(self) -> bool:
        """Return whether the file holds visit counts."""
        return "counts" in self._file

    @property
    def is_virtual(self) -> bool:
        """Return whether the images lie in other files."""
        return bool(self._file["images"].is_virtual)

    @property
    def counts(self) -> "Sliced":
        """Visits per pixel, sliced like the data set. BadInput where the file holds none."""
        if not self.has_counts:
            raise BadInput(f"{self.path}: holds no visit counts; render it with --counts")
        return Sliced(self._file["counts"])

    def rgb(self, key: Any, name: str = "kbc") -> np.ndarray:
        """Return images in a palette of the file, uint8 (..., H, W, 3); never visited is white."""
        out: np.ndarray = self.palette(name)[self[key]]
        return out

    def palette(self, name: str) -> np.ndarray:
        """Return the RGB of each level, uint8 (256, 3), as stored in the file."""
        if f"palettes/{name}" not in self._file:
            raise BadInput(f"palette {name!r}: choose {', '.join(self._file['palettes'])}")
        out: np.ndarray = self._file[f"palettes/{name}"][:]
        return out


@dataclass(frozen=True)
class Sliced:
    """An HDF5 dataset that is indexed as numpy arrays are."""

    source: h5py.Dataset

    def __getitem__(self, key: Any) -> np.ndarray:
        return _slice(self.source, key)

    def __len__(self) -> int:
        out: int = self.source.shape[0]
        return out


def _slice(source: h5py.Dataset, key: Any) -> np.ndarray:
    """Index the first axis as numpy does; h5py itself wants lists sorted and unique."""
    if isinstance(key, tuple):
        first, *rest = key
        whole = _slice(source, first)
        return (
            whole[tuple(rest)]
            if np.ndim(first) == 0 and not isinstance(first, slice)
            else (whole[(slice(None), *rest)])
        )
    if isinstance(key, int | np.integer):
        n = source.shape[0]
        if not -n <= key < n:
            raise IndexError(f"image {key} of {n}")
        rows: np.ndarray = source[int(key) % n]
    elif isinstance(key, Sequence | np.ndarray):
        wanted = np.arange(source.shape[0])[np.asarray(key, None if len(key) else int)]
        unique, inverse = np.unique(wanted, return_inverse=True)
        if not len(unique):
            rows = source[:0]
        elif unique[-1] - unique[0] < 2 * len(unique):  # nearly a run: read as one
            rows = source[unique[0] : unique[-1] + 1][wanted - unique[0]]
        else:
            rows = source[unique][inverse]
    elif isinstance(key, slice) and key.step is not None and key.step < 0:
        rows = _slice(source, np.arange(source.shape[0])[key])
    else:
        rows = source[key]
    return rows


def open(path: str | Path) -> Dataset:
    """Open a data set, which is read lazily.

    Parameters
    ----------
    path : str or Path
        The dataset file.

    Returns
    -------
    Dataset

    Raises
    ------
    BadInput
        If it is not a data set, or damaged.
    """
    return Dataset(path)
