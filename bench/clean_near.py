"""Time, memory, recall and precision of the search for near duplicates among many thumbnails.

    python bench/clean_near.py FOLDER [--images 10000,30000,100000] [--json FILE]

Thumbnails are two pieces of FOLDER's images laid over each other, so that no two are alike; one in
a hundred has a near copy among them (shifted, recompressed, recoloured or flipped, in turn). Every
other pair that is found counts as false. Times are of this process's processor time.
"""

import resource
import time
from collections.abc import Iterator
from pathlib import Path

import click
import numpy as np
from clean_plants import NEAR, compressed, near_copy
from PIL import Image
from result_tables import Column, Row, json_option, print_table, save_tables

from evalkit.clean.duplicates import candidates, codes, near_pairs
from evalkit.clean.scan import THUMB, listing

COLUMNS = (
    Column("images", ","),
    Column("codes, search, s", ".0f"),
    Column("all, with the check, s", ".0f"),
    Column("ms an image", ".1f"),
    Column("recall", ".1%"),
    Column("of the search", ".1%"),
    Column("precision", ".1%"),
    Column("memory, GiB", ".1f"),
)


def piece(rng: np.random.Generator, images: list[Image.Image]) -> np.ndarray:
    image = images[rng.integers(len(images))]
    side = rng.uniform(0.5, 1) * min(image.size)
    x, y = rng.uniform(0, 1, 2) * (np.array(image.size) - side)
    box = (float(x), float(y), float(x + side), float(y + side))
    part = image.resize((THUMB, THUMB), Image.Resampling.BILINEAR, box)
    return np.asarray(part, np.float32)[:, :: rng.choice([-1, 1]), rng.permutation(3)]


def thumbnail(rng: np.random.Generator, images: list[Image.Image]) -> np.ndarray:
    part = rng.uniform(0.3, 0.7)
    both = part * piece(rng, images) + (1 - part) * piece(rng, images)
    return (both * rng.uniform(0.7, 1.3)).clip(0, 255).astype(np.uint8)


def measure(n: int, seed: int, sources: list[Image.Image]) -> Row:
    """Return the row of n thumbnails and their near copies."""
    rng = np.random.default_rng([seed, n])
    thumbs = np.empty((n + n // 100, THUMB, THUMB, 3), np.uint8)
    for row in range(n):
        thumbs[row] = thumbnail(rng, sources)
    origin = rng.choice(n, n // 100, replace=False)
    for turn, row in enumerate(origin):
        copy = near_copy(rng, Image.fromarray(thumbs[row]), NEAR[turn % len(NEAR)])
        thumbs[n + turn] = np.asarray(compressed(copy))
    truth = {(int(row), n + turn) for turn, row in enumerate(origin)}
    start = time.process_time()
    near = {(int(a), int(b)) for a, b in candidates(codes(thumbs))}
    search_seconds = time.process_time() - start
    start = time.process_time()
    pairs = {(p.first, p.second) for p in near_pairs(thumbs)}
    seconds = time.process_time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    recall, of_search = len(pairs & truth) / len(truth), len(near & truth) / len(truth)
    precision = len(pairs & truth) / max(len(pairs), 1)
    milliseconds = 1000 * seconds / len(thumbs)
    return (
        *(len(thumbs), search_seconds, seconds, milliseconds),
        *(recall, of_search, precision, memory),
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--images", default="10000,30000,100000", show_default=True)
@click.option("--seed", default=0, show_default=True)
@json_option
def main(folder: Path, images: str, seed: int, json_file: Path | None) -> None:
    sources = [Image.open(folder / path).convert("RGB") for path in listing(folder).images]

    def rows() -> Iterator[Row]:
        for n in map(int, images.split(",")):
            yield measure(n, seed, sources)

    save_tables(json_file, print_table("", COLUMNS, rows()))


if __name__ == "__main__":
    main()
