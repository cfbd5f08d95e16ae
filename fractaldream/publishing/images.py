"""A dataset file as something to publish: what is said of it, and what is staged beside it."""

import csv
import json
import math
import zipfile
from pathlib import Path

import numpy as np

from fractaldream.datasets.dataset import Dataset
from fractaldream.datasets.drawing import preview
from fractaldream.datasets.png_folder import image_name, png_bytes
from fractaldream.datasets.summary import Info, dataset_info
from fractaldream.datasets.table import SPLITS, columns_of
from fractaldream.recipe import PARAM_NAMES, Recipe
from fractaldream_base.errors import BadInput

from ..datasets import dataset, parquet
from .description import Column, DescribedTable, Description, Edition, StagedFile
from .options import PublishOptions

PICTURES = 300  # staged as PNG
SHEET = 8, 12  # rows and columns of the preview
SHARD_PIXELS = 500 * 10**6  # of the images in one Parquet file: some hundred megabytes
BLOCK = 500  # images in memory at a time
PALETTE = "kbc"
TABLE = "params.csv"
KEYWORDS = ("mathematics", "image", "computer-vision", "deep-learning", "image-generation")

HUGGING_FACE = """The images with their parameters, by splits, in Hugging Face's `datasets`:

```python
import datasets

data = datasets.load_dataset(".")  # or the name of the data set on the site
row = data["train"][0]
print(data, row["image"].size, row["a"], row["lyapunov"])
```

"""

LAWS = {
    "fdd": "x0, y0 uniform in [-1, 1] and of one sign; a, b, c, d uniform in [-3, 3] and of one "
    "sign, as in a data set of 2019 (GoareguerLucas/GAN-SDPC, laurentperrinet/AEGeAN) as far as "
    "its published parameters tell; no image of it is in here",
    "uniform": "x0, y0 uniform in [-1, 1]; a, b, c, d uniform in [-3, 3]",
    "normal": "x0, y0 normal with variance 1/3; a, b, c, d normal with variance 3",
    "pickover": "x0 = y0 = 0.1; a, b uniform in [-3, 3]; c, d uniform in [-0.5, 1.5]",
    "params": "given rows, rendered as they are",
}
MEANINGS = {
    "x0": "start of the orbit, x",
    "y0": "start of the orbit, y",
    "a": "frequency in y' = sin(x a) + d sin(y a)",
    "b": "frequency in x' = sin(y b) + c sin(x b)",
    "c": "weight of sin(x b) in x'",
    "d": "weight of sin(y a) in y'",
}


def describe(file: str | Path, options: PublishOptions) -> Description:
    """Return what is said of a dataset file."""
    summary = dataset_info(file)
    _check_whole(file, summary)
    name = f"{options.slug}.h5"
    size = summary.size
    abstract = (
        f"{summary.images:,} grey-level images of {size} x {size} pixels of the strange attractors "
        "of a map of the plane (Fractal Dream), each with the six numbers that made it: ground "
        "truth for generative models and their latent spaces. Anyone can render the same images "
        "again, bit for bit."
    )
    sections = {
        "How it was made": _made(summary),
        "Render it again": _again(summary, name),
        "Splits": _splits(summary),
        "What was refused": _refused(summary),
        f"Inside {name}": _inside(summary),
        "How to load it": _loading(summary, name, options.owner),
        "Known limits": _limits(summary),
    }
    version = summary.fractaldream_version
    return Description(
        owner=options.owner,
        slug=options.slug,
        title=options.title or f"Fractal Dream: {summary.images:,} attractors",
        subtitle=options.subtitle
        or f"{size}x{size} strange attractors, each with the six numbers behind",
        licence=options.licence,
        keywords=KEYWORDS,
        abstract=abstract,
        sections=sections,
        table=DescribedTable(TABLE, summary.images, _columns(summary)),
        configurations=_configurations(summary) if options.owner is None else {},
        files=_files(summary, name, options.owner),
        edition=Edition(
            options.date_of(file),
            version,
            f"fractaldream {version}, content\\_sha256 {summary.content_sha256}",
        ),
        tasks=("unconditional-image-generation",),
    )


def _check_whole(file: str | Path, summary: Info) -> None:
    """Raise BadInput for a file that cannot be published by itself."""
    recipe = summary.recipe
    if summary.shards:
        raise BadInput(
            f"{file}: virtual, its images lie in {summary.shards} other files; render it without "
            "--virtual to publish it"
        )
    if recipe.law == "params" and (summary.first_index != 0 or summary.images != recipe.n):
        raise BadInput(
            f"{file}: a part of a set of given parameters, which cannot be rendered from its own "
            "rows; publish the whole set"
        )


def write(described: Description, file: Path, folder: Path) -> None:
    """Write all but the dataset file itself and what is written from the description alone."""
    with dataset.open(file) as data:
        rows = columns_of(data)
        with (folder / TABLE).open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            writer.writerow(rows)
            writer.writerows(zip(*(column.tolist() for column in rows.values()), strict=True))
        parquet.write_table(data, folder / "params.parquet")
        if data.recipe.law == "params":
            with (folder / "rows.csv").open("w", encoding="utf-8", newline="") as out:
                writer = csv.writer(out, lineterminator="\n")
                writer.writerow(PARAM_NAMES)
                writer.writerows(data.params.tolist())
        (folder / "recipe.toml").write_text(_toml(data.recipe), encoding="utf-8")
        _pictures(data, folder / "png.zip")
        if described.owner is None:
            _shards(data, folder)
    preview(file, folder / "preview.png", rows=SHEET[0], columns=SHEET[1], palette=PALETTE)


def _shards(data: Dataset, folder: Path) -> None:
    """Write the images of each split to Parquet files of a size that sites like."""
    split = data.split
    most = _shard_images(data.shape[1])
    for number, name in enumerate(SPLITS):
        rows = np.flatnonzero(split == number)
        shards = parquet.blocks_of(rows, most)
        for shard, target in zip(shards, _shard_names(name, len(rows), most), strict=True):
            parquet.write_images(data, folder / target, parquet.blocks_of(shard, BLOCK), "publish")


def _shard_images(size: int) -> int:
    """Return how many images of a size go into one Parquet file."""
    return max(1, SHARD_PIXELS // size**2)


def _shard_names(split: str, images: int, most: int) -> list[str]:
    """Return the names of the files of a split, in the pattern of Hugging Face."""
    count = -(-images // most)
    return [f"{split}-{k:05d}-of-{count:05d}.parquet" for k in range(count)]


def _pictures(data: Dataset, out: Path) -> None:
    """Write PALETTE/NUMBER_x0_y0_a_b_c_d.png, evenly spread, to an archive of fixed bytes."""
    chosen = np.linspace(0, len(data) - 1, min(PICTURES, len(data))).astype(int)
    params, index = data.params, data.index
    with zipfile.ZipFile(out, "w") as archive:  # stored: PNG does not shrink
        for row, image in zip(chosen, data.rgb(chosen, PALETTE), strict=True):
            member = zipfile.ZipInfo(f"{PALETTE}/{image_name(index[row], params[row])}")
            member.external_attr = 0o644 << 16
            archive.writestr(member, png_bytes(image))


def _toml(recipe: Recipe) -> str:
    values = json.loads(recipe.to_json())  # numbers, strings and truth are written as in TOML
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if value is not None]
    return "\n".join(lines) + "\n"


def _files(summary: Info, name: str, owner: str | None) -> tuple[StagedFile, ...]:
    media = "application/vnd.apache.parquet"
    pictures = min(PICTURES, summary.images)
    files = [
        StagedFile(name, "application/x-hdf5", "the data set: images, parameters, measurements"),
        StagedFile("params.parquet", media, "one row per image, with the types of the numbers"),
        StagedFile(TABLE, "text/csv", "the same rows as text, every digit kept"),
        StagedFile("recipe.toml", "application/toml", "what determines the data set"),
        StagedFile(
            "preview.png",
            "image/png",
            f"{min(math.prod(SHEET), summary.images)} of the images on one sheet",
        ),
        StagedFile(
            "png.zip",
            "application/zip",
            f"{pictures} of the images as PNG: {PALETTE}/NUMBER_x0_y0_a_b_c_d.png, NUMBER being "
            f"`index`, in the palette {PALETTE} on white",
        ),
    ]
    if summary.recipe.law == "params":
        text = "the given parameters, as `fractaldream render --params` reads them"
        files.insert(4, StagedFile("rows.csv", "text/csv", text))
    if owner is None:
        most = _shard_images(summary.size)
        text = "images of the split with their parameters, for `datasets.load_dataset`"
        for split, images in summary.splits.items():
            files += [
                StagedFile(target, media, text) for target in _shard_names(split, images, most)
            ]
    return tuple(files)


def _configurations(summary: Info) -> dict[str, dict[str, str]]:
    """Return what `datasets` can load: the images by split, and the table alone."""
    parts = {name: f"{name}-*.parquet" for name, count in summary.splits.items() if count}
    return {"default": parts, "params": {"full": "params.parquet"}}


def _columns(summary: Info) -> tuple[Column, ...]:
    numbers = (summary.first_index, summary.first_index + summary.images - 1)
    spans = {name: (least, most) for name, (least, _, most) in summary.params.items()}
    return (
        Column("index", "integer", "", "number of the image in its recipe", numbers),
        *(Column(name, "number", "", MEANINGS[name], spans[name]) for name in PARAM_NAMES),
        Column("split", "text", "", "train, validation or test"),
        Column(
            "visited", "number", "share of the pixels", "pixels visited at least once",
            (summary.visited[0], summary.visited[2]),
        ),
        Column(
            "lyapunov", "number", "nats per step", "largest Lyapunov exponent, over 2,048 steps",
            (summary.lyapunov[0], summary.lyapunov[2]),
        ),
        Column(
            "cycle", "integer", "steps",
            "period of the exact cycle on which the orbit ended, 0: none up to 2,048",
        ),
    )  # fmt: skip


def _made(summary: Info) -> str:
    recipe = summary.recipe
    view = {
        "tight": "the orbit's own bounding box",
        "fixed": "the box |x| <= 1 + |c|, |y| <= 1 + |d|",
    }[recipe.view]
    tone = {
        "eq_hist": "the rank of a pixel's visits among the visited pixels (histogram equalisation)",
        "log": "the logarithm of the visits",
        "linear": "the visits themselves",
    }[recipe.tone]
    skip = f", after {recipe.skip:,} left out" if recipe.skip else ""
    settings = "\n".join(_toml(recipe).splitlines())
    return (
        "The map x' = sin(y b) + c sin(x b), y' = sin(x a) + d sin(y a) (C. A. Pickover, *Chaos in "
        f"Wonderland*) is iterated from (x0, y0) for {recipe.iterations:,} points{skip}. The view "
        f"is {view}; y points up. Level 0 was never visited; 1 to 255 are least to most, by "
        f"{tone}.\n\nParameters, by the law `{recipe.law}`: {LAWS[recipe.law]}.\n\n"
        f"Everything that determines the images, as in `recipe.toml`:\n\n```toml\n{settings}\n```"
    )


def _again(summary: Info, name: str) -> str:
    part = ""
    if summary.first_index or summary.images != summary.recipe.n:
        part = f" --start {summary.first_index} --stop {summary.first_index + summary.images}"
    rows = " --params rows.csv" if summary.recipe.law == "params" else ""
    counts = " --counts" if summary.counts else ""
    return (
        f"With fractaldream {summary.fractaldream_version}:\n\n```sh\n"
        f"fractaldream render --recipe recipe.toml{rows}{part}{counts} --out again.h5\n"
        f"fractaldream verify {name} --sample 1000\n```\n\n"
        "Both must give, on any machine and any number of threads, the `content_sha256`\n\n"
        f"    {summary.content_sha256}\n\n"
        "which covers parameters and levels: the SHA-256 of the images' digests in order, each the "
        "SHA-256 of six little-endian float64 followed by the levels, row by row."
    )


def _splits(summary: Info) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in summary.splits.items())
    return (
        f"{counts}. The split is a hash of `index`, so an image keeps its split in any larger or "
        "smaller set of the same recipe."
    )


def _refused(summary: Info) -> str:
    recipe = summary.recipe
    if not recipe.refusals:
        cycles = f"{summary.cycles:,} images end on an exact cycle of at most 2,048 steps. "
        return f"Nothing: points, short cycles and specks are among the images. {cycles}".strip()
    refused = summary.refused
    draws = summary.images + sum(refused.values())
    return (
        f"Of {draws:,} draws {summary.images:,} were kept. {refused['probe']:,} were refused by a "
        f"cheap look at their first {recipe.probe_steps:,} points, {refused['visited']:,} for "
        f"visiting fewer than {recipe.min_visited:.0%} of the pixels, {refused['cycle']:,} for "
        "ending on an exact cycle. The next draw then takes the place, so that image i depends on "
        "the recipe and i alone."
    )


def _inside(summary: Info) -> str:
    lines = ["| name | what it holds |", "|---|---|"]
    lines.append("| images | uint8 (N, H, W): levels, row 0 at the top |")
    for name, kind, width, text in dataset.COLUMNS:
        shape = "(N,)" if width == 1 else f"(N, {width})"
        lines.append(f"| {name} | {np.dtype(kind).name} {shape}: {text} |")
    if summary.counts:
        lines.append("| counts | visits of each pixel, (N, H, W) |")
    lines.append("| palettes/* | uint8 (256, 3): colour of each level |")
    tail = "The recipe stands as JSON in the root's attribute `recipe`."
    return "\n".join(lines) + f"\n\nN = {summary.images:,}, H = W = {summary.size}. {tail}"


def _loading(summary: Info, name: str, owner: str | None) -> str:
    row = min(3, summary.images - 1)
    first = HUGGING_FACE if owner is None else ""
    return f"""{first}The table, in numpy:

```python
import numpy as np

rows = np.genfromtxt("{TABLE}", delimiter=",", names=True, dtype=None, encoding="utf-8")
train = rows[rows["split"] == "train"]
print(len(train), train["a"].mean(), train["lyapunov"].max())
```

The images, in h5py:

```python
import h5py

with h5py.File("{name}") as file:
    image = file["images"][{row}]  # uint8 ({summary.size}, {summary.size})
    params = file["params"][{row}]  # x0, y0, a, b, c, d
    coloured = file["palettes/kbc"][:][image]
```

Both, in torch:

```python
import h5py
import torch


class Attractors(torch.utils.data.Dataset):
    def __init__(self, path, split=0):  # 0 training, 1 validation, 2 test
        self.path, self.file = path, None
        with h5py.File(path) as file:
            self.rows = (file["split"][:] == split).nonzero()[0]
            self.params = torch.from_numpy(file["params"][:]).float()

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, k):
        if self.file is None:  # a handle must not cross into the workers
            self.file = h5py.File(self.path)
        row = self.rows[k]
        return torch.from_numpy(self.file["images"][row])[None] / 255, self.params[row]


images, params = next(iter(torch.utils.data.DataLoader(Attractors("{name}"), batch_size=4)))
```"""


def _limits(summary: Info) -> str:
    limits = [
        "Eight parameter sets draw one and the same picture up to the symmetries of the square, "
        "and eight more nearly so: the signs of the parameters are not in the image. Fold by these "
        "symmetries (`fractaldream.canonical`) before comparing or predicting parameters.",
        "The start (x0, y0) hardly shows: it leaves a few transient points.",
        "Orbits are chaotic: neighbouring parameters share the attractor, not its points, so that "
        "pixel noise remains between them.",
        "Attractors can change abruptly with a parameter (bifurcations).",
        "Compressed bytes of the HDF5 file may differ when it is rendered again by another release "
        "of the compressor; parameters and levels may not. `lyapunov` is measured, and not "
        "promised to the last bit.",
        "Nothing in it shows or describes people.",
    ]
    if summary.recipe.law == "pickover":
        limits[1] = "The start is the same everywhere: x0 and y0 tell nothing."
    if math.isclose(summary.visited[0], summary.visited[2]):
        limits.append("All images visit the same number of pixels.")
    return "\n".join(f"- {limit}" for limit in limits)
