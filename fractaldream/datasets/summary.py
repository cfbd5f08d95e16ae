"""A summary of the content of a data set, in numbers."""

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from fractaldream_base.opening import reading

from ..recipe import PARAM_NAMES, Recipe
from . import dataset
from .file_results import FileInfo, refusals_in_words
from .pack import PackInfo, is_pack, pack_info
from .table import SPLITS


@dataclass(frozen=True)
class Info(FileInfo):
    """A data set in numbers.

    refused: draws refused by reason; kept: share of draws kept; params, visited (share of the
    pixels) and lyapunov (nats per step): least, median, largest; cycles: images that end on an
    exact cycle; shards: files in which the levels of a virtual file lie, else 0.
    """

    fractaldream_version: str
    first_index: int
    counts: bool
    shards: int
    content_sha256: str
    recipe: Recipe
    refused: dict[str, int]
    kept: float
    params: dict[str, tuple[float, float, float]]
    visited: tuple[float, float, float]
    lyapunov: tuple[float, float, float]
    cycles: int

    def __str__(self) -> str:
        """Return the lines that the command prints."""
        lines = [
            f"{self.path}: {self.images} images of {self.size} x {self.size} pixels",
            f"  {self.bytes / 1e6:.1f} MB, written by fractaldream {self.fractaldream_version}",
        ]
        if self.shards:
            lines.append(f"  virtual: its images lie in {self.shards} other files")
        lines += [f"  content_sha256 {self.content_sha256}", "recipe"]
        for name, value in dataclasses.asdict(self.recipe).items():
            if value is not None:
                lines.append(f"  {name} = {json.dumps(value)}")
        lines += [
            *self.split_lines,
            f"  numbers {self.first_index} to {self.first_index + self.images - 1}",
            f"  {self.kept:.1%} of the draws kept; {refusals_in_words(self.refused)}",
            f"  {self.cycles:,} images end on an exact cycle: they are specks of few points",
            f"  {'':9}{'least':>10}{'median':>10}{'largest':>10}",
        ]
        spans = {**self.params, "visited": self.visited, "lyapunov": self.lyapunov}
        units = {"visited": "  share of the pixels", "lyapunov": "  nats per step"}
        for name, span in spans.items():
            values = "".join(f"{value:10.4f}" for value in span)
            lines.append(f"  {name:9}{values}{units.get(name, '')}")
        return "\n".join(lines)


def info(path: str | Path) -> Info | PackInfo:
    """Return what a data set file, or a pack of `evalkit clean apply`, holds.

    Parameters
    ----------
    path : str or Path
        The file. No image of it is decoded.

    Returns
    -------
    Info or PackInfo
        The file in numbers.

    Raises
    ------
    BadInput
        If it is neither, or damaged.
    """
    return pack_info(path) if is_pack(path) else dataset_info(path)


def dataset_info(path: str | Path) -> Info:
    """Return what a data set file holds. Raises BadInput for other files, packs too."""
    with dataset.open_file(path) as file, reading(path):
        recipe = Recipe.from_json(str(file.attrs["recipe"]), str(path))
        n = file["images"].shape[0]
        refused = file["refused"][:].sum(0, dtype=int)
        splits = np.bincount(file["split"][:], minlength=3)
        params = file["params"][:]
        shards = dataset.shards_of(file, Path(path).parent)
        return Info(
            path=str(path),
            format_version=int(file.attrs["format_version"]),
            fractaldream_version=str(file.attrs["fractaldream_version"]),
            images=n,
            first_index=int(file["index"][0]),
            size=file["images"].shape[1],
            counts="counts" in file,
            shards=len(shards),
            bytes=sum(each.stat().st_size for each in [Path(path), *shards]),
            content_sha256=str(file.attrs["content_sha256"]),
            recipe=recipe,
            splits=dict(zip(SPLITS, splits.tolist(), strict=True)),
            refused=dict(zip(dataset.REFUSALS, refused.tolist(), strict=True)),
            kept=n / (n + int(refused.sum())),
            params={name: _span(params[:, k]) for k, name in enumerate(PARAM_NAMES)},
            visited=_span(file["visited"][:] / file["images"].shape[1] ** 2),
            lyapunov=_span(file["lyapunov"][:]),
            cycles=int(np.count_nonzero(file["cycle"][:])),
        )


def _span(values: np.ndarray) -> tuple[float, float, float]:
    return float(values.min()), float(np.median(values)), float(values.max())
