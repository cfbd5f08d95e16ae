"""Time and memory of `evalkit clean review` over a large folder made of a small one.

    python bench/clean_speed.py FOLDER [--images 10000] [--side 200] [--json FILE]

Each image is a random one of FOLDER, cut a little, recoloured and enlarged: time does not depend on
what is shown, but for near duplicates, of which these have more than a real set. "ms an image" is
processor time of all processes.
"""

import json
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import click
import numpy as np
from PIL import Image
from result_tables import Column, json_option, print_table, save_tables

from evalkit.clean.scan import listing

COLUMNS = (
    Column("images", ","),
    Column("side, px"),
    Column("wall time, s", ".0f"),
    Column("processor time, s", ".0f"),
    Column("ms an image", ".2f"),
    Column("largest process, GiB", ".2f"),
    Column("page, MiB", ".0f"),
    Column("near duplicates", ","),
)


def make(number: int, sources: list[str], side: int, folder: str) -> None:
    rng = np.random.default_rng(number)
    image = Image.open(sources[rng.integers(len(sources))]).convert("RGB")
    box = (*rng.uniform(0, 0.2, 2), *rng.uniform(0.8, 1, 2))
    cut = tuple(float(v * image.width) for v in box)
    array = np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, cut))
    array = np.roll(array, rng.integers(3), 2) * rng.uniform(0.7, 1.2, 3)
    array += rng.normal(0, 3, array.shape)
    place = Path(folder) / f"{number // 1000:03}"
    place.mkdir(exist_ok=True)
    Image.fromarray(array.clip(0, 255).astype(np.uint8)).save(
        place / f"{number:06}.jpg", quality=88
    )


def processor_time() -> float:
    """Return the processor time of all processes that were run so far, s."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, exists=True))
@click.option("--images", default=10_000, show_default=True)
@click.option("--side", default=200, show_default=True)
@click.option("--keep", type=click.Path(path_type=Path), help="Make the images here, or use them.")
@json_option
def main(folder: Path, images: int, side: int, keep: Path | None, json_file: Path | None) -> None:
    with tempfile.TemporaryDirectory() as place:
        folder_of_set = keep or Path(place) / "set"
        if not folder_of_set.exists():
            folder_of_set.mkdir()
            sources = [str(folder / path) for path in listing(folder).images]
            make_one = partial(make, sources=sources, side=side, folder=str(folder_of_set))
            with ProcessPoolExecutor(2) as pool:
                list(pool.map(make_one, range(images), chunksize=100))
        command = [
            sys.executable,
            "-m",
            "evalkit",
            "clean",
            "review",
            str(folder_of_set),
            "--json",
        ]
        start, before = time.perf_counter(), processor_time()
        command += ["--workers=2", f"--out={place}/out"]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE)
        took, busy = time.perf_counter() - start, processor_time() - before
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 2**20
        counts = json.loads(done.stdout)["findings"]
        page = (Path(place) / "out" / "review.html").stat().st_size / 2**20
        near = counts.get("near-duplicate", {}).get("images", 0)
        row = images, side, took, busy, 1000 * busy / images, peak, page, near
    save_tables(json_file, print_table("", COLUMNS, [row]))


if __name__ == "__main__":
    main()
