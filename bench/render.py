"""The renderer against what the processor can do, and against the pipeline of 2019.

    python bench/render.py [--limit PATH/limit.c] [--n 50000] [--rounds 3] [--json FILE]

One run on one machine; prints one table. What is compared is measured in turn, round after
round, because machines drift; ratios are medians over the rounds. The stick (bench/stick.c) is
compiled here; `--limit` names the C file that this project's speed was asked to be a share of.
Needs the extra `bench` (datashader) and a C compiler. With a GPU and the extra `cuda`, rows of
`render --device cuda` against the processor and against the two floors of bench/gpu.py follow.
"""

import io
import multiprocessing
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import click
import gpu
import numba
import numpy as np
from numba import njit, prange
from result_tables import (
    Column,
    Quantity,
    Row,
    Value,
    json_option,
    print_table,
    processor,
    save_tables,
)

import fractaldream as fd
from fractaldream.production.shards import deflate
from fractaldream.rendering.images import LANES, Workspace, thread_count

HERE = Path(__file__).parent
STEPS = 60_000
COMPILER = os.environ.get("CC", "cc")
FLAGS = "-O3 -march=native -mprefer-vector-width=512 -fno-math-errno -fno-trapping-math -fopenmp"


def compile_c(source: Path, folder: Path, contract: str) -> Path:
    program = folder / source.stem
    subprocess.run(
        [COMPILER, *FLAGS.split(), f"-ffp-contract={contract}", source, "-o", program, "-lm"],
        check=True,
    )
    return program


def c_rates(program: Path, *args: object) -> dict[str, float]:
    """Million map steps per second by view."""
    text = subprocess.check_output([program, *map(str, args)], text=True)
    return {view: float(rate) for view, rate in re.findall(r"(fixed|tight) +([\d.]+)", text)}


def rows_of_limit(count: int) -> np.ndarray:
    """Return rows in the thick of the law, as limit.c draws them, few of them points or cycles."""
    rng = np.random.default_rng(1)
    return np.column_stack([rng.uniform(0, 1, (count, 2)), rng.uniform(0.4, 2.9, (count, 4))])


def kernel_rate(rows: np.ndarray, view: str, threads: int) -> float:
    """Million map steps per second of the renderer's kernel, tone and file aside."""
    recipe = fd.Recipe(iterations=STEPS, view=view)
    spaces = [Workspace(recipe, threads) for _ in range(threads)]
    groups = np.array_split(rows, len(rows) // LANES)

    def work(thread: int) -> None:
        for group in groups[thread::threads]:
            spaces[thread].render(group)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(work, range(threads)))  # warm
        best = np.inf
        for _ in range(5):
            began = time.perf_counter()
            list(pool.map(work, range(threads)))
            best = min(best, time.perf_counter() - began)
    return STEPS * len(rows) / best / 1e6


@njit(parallel=True)
def plain_loop(rows: np.ndarray, steps: int, counts: np.ndarray) -> None:
    """Render as one writes it first: an image per iteration of prange, libm's sine, fixed view."""
    for n in prange(len(rows)):
        x, y, a, b, c, d = rows[n]
        wide, high = 1 + abs(c), 1 + abs(d)
        for _ in range(steps):
            column = min(127, int((x + wide) / (2 * wide) * 128))
            row = min(127, int((high - y) / (2 * high) * 128))
            counts[n, row, column] += 1
            x, y = np.sin(y * b) + c * np.sin(x * b), np.sin(x * a) + d * np.sin(y * a)


def plain_rate(rows: np.ndarray) -> float:
    counts = np.zeros((len(rows), 128, 128), np.uint16)
    plain_loop(rows[:2], 10, counts)
    began = time.perf_counter()
    plain_loop(rows, STEPS, counts)
    return STEPS * len(rows) / (time.perf_counter() - began) / 1e6


@njit
def trajectory(x0, y0, a, b, c, d, n):  # type: ignore[no-untyped-def]
    x, y = np.zeros(n), np.zeros(n)
    x[0], y[0] = x0, y0
    for i in range(n - 1):
        x[i + 1] = np.sin(y[i] * b) + c * np.sin(x[i] * b)
        y[i + 1] = np.sin(x[i] * a) + d * np.sin(y[i] * a)
    return x, y


def as_in_2019(rows: np.ndarray) -> int:
    """numba orbit, datashader points, eq_hist, PNG; a draw below 15% visited is thrown away."""
    import colorcet
    import datashader
    import pandas
    from datashader import transfer_functions

    images = 0
    for row in rows:
        x, y = trajectory(*row, STEPS)
        canvas = datashader.Canvas(plot_width=128, plot_height=128)
        counts = canvas.points(pandas.DataFrame({"x": x, "y": y}), "x", "y")
        if np.count_nonzero(counts.values) < fd.Recipe().minimum:
            continue
        shaded = transfer_functions.shade(counts, cmap=colorcet.palette["kbc"], how="eq_hist")
        image = transfer_functions.set_background(shaded, "white").to_pil()
        image.save(io.BytesIO(), format="PNG")
        images += 1
    return images


def rate_of_2019(draws: int, threads: int) -> float:
    """Images kept per second, over as many processes as threads."""
    rows = fd.draw_parameters(fd.Recipe(seed=99), np.arange(draws), np.zeros(draws))
    with multiprocessing.get_context("spawn").Pool(threads) as pool:
        pool.map(as_in_2019, np.array_split(rows[: 2 * threads], threads))  # compile
        began = time.perf_counter()
        images = sum(pool.map(as_in_2019, np.array_split(rows, 8 * threads), chunksize=1))
        return images / (time.perf_counter() - began)


def command(*args: object) -> list[str]:
    return [sys.executable, "-m", "fractaldream", *map(str, args)]


def whole_job(n: int, folder: Path, threads: int, *more: str) -> tuple[float, float, int]:
    """Images per second over the whole command's wall time, peak MiB, bytes of the file."""
    out = folder / "whole.h5"
    began = time.perf_counter()
    process = subprocess.Popen(
        command("render", "--n", n, "--threads", threads, "--out", out, "--quiet", *more),
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise SystemExit("render failed")
    size = out.stat().st_size
    out.unlink()
    unit = 2**10 if sys.platform == "linux" else 2**20
    return n / seconds, usage.ru_maxrss / unit, size


def best_seconds(*args: object, times: int = 3) -> float:
    best = np.inf
    for _ in range(times):
        began = time.perf_counter()
        subprocess.run(command(*args), check=True, capture_output=True)
        best = min(best, time.perf_counter() - began)
    return best


def compression(levels: np.ndarray) -> dict[str, tuple[float, float]]:
    """Microseconds an image and ratio."""
    by_name = {}
    for name, compress in (
        ("ISA-L, level 1, window 512", deflate),
        ("zlib, level 1", lambda image: zlib.compress(image.tobytes(), 1)),
    ):
        began = time.perf_counter()
        size = sum(len(compress(image)) for image in levels)
        micros = (time.perf_counter() - began) / len(levels) * 1e6
        by_name[name] = micros, levels.nbytes / size
    return by_name


def access_milliseconds(path: Path) -> float:
    """Median over random rows of one open file."""
    times = []
    with fd.open(path) as data:
        for row in np.random.default_rng(0).integers(0, len(data), 1000):
            began = time.perf_counter()
            _ = data[int(row)]
            times.append(time.perf_counter() - began)
    return statistics.median(times) * 1e3


@dataclass
class Figures:
    """Measured figures: rates by what was run, one a round, and single figures.

    Rates are in million steps a second for kernels, and in images a second for pipelines.
    """

    rates: dict[str, list[float]]
    peak: float  # MiB
    size: float  # bytes of the file
    no_gpu: str | None  # why there is none
    same: bool  # counts of stick.c and of our kernel
    packed: dict[str, tuple[float, float]]  # microseconds and times smaller, by compressor
    access: float  # milliseconds
    help_seconds: float
    warm: float  # seconds

    def rate(self, key: str, unit: str) -> Quantity:
        return Quantity(self.rates[key], unit)

    def ratio(self, key: str, base: str, scale: float = 1.0) -> list[float]:
        pairs = zip(self.rates[key], self.rates[base], strict=True)
        return [scale * a / b for a, b in pairs]


@click.command()
@click.option("--limit", type=click.Path(exists=True, path_type=Path), help="limit.c to compare.")
@click.option("--n", default=50_000, show_default=True, help="Images of the whole job.")
@click.option("--rounds", default=3, show_default=True)
@click.option("--draws", default=400, show_default=True, help="Draws of the 2019 pipeline.")
@json_option
def main(limit: Path | None, n: int, rounds: int, draws: int, json_file: Path | None) -> None:
    threads = thread_count(None)
    figures = measure(limit, n, rounds, draws, threads)
    caption = (
        f"{processor()}, {threads} cores, Python {platform.python_version()}, numba "
        f"{numba.__version__}, {rounds} rounds, n = {n:,}"
    )
    lines = (
        *kernel_lines(figures, limit is not None),
        *job_lines(figures, n, "limit.c" if limit else "stick.c"),
    )
    save_tables(json_file, print_table(caption, COLUMNS, lines))


def measure(limit: Path | None, n: int, rounds: int, draws: int, threads: int) -> Figures:
    """Run everything in turn, so many rounds of it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = rows_of_limit(64 * LANES)
        rows.tofile(folder / "rows.bin")
        stick = compile_c(HERE / "stick.c", folder, "off")
        other = compile_c(limit, folder, "fast") if limit else None
        whole_job(100, folder, threads)  # compile and cache the kernels
        no_gpu = gpu.unavailable(threads)
        rates: dict[str, list[float]] = {}
        peak = size = 0.0
        for number in range(rounds):
            click.echo(f"round {number + 1} of {rounds}", err=True)
            in_round = {}
            sticks = c_rates(stick, folder / "rows.bin", STEPS, folder / "counts.bin")
            limits = c_rates(other) if other else sticks
            for view in ("fixed", "tight"):
                in_round[f"stick {view}"] = sticks[view]
                in_round[f"limit {view}"] = limits[view]
                in_round[f"kernel {view}"] = kernel_rate(rows, view, threads)
            in_round["plain fixed"] = plain_rate(rows[:64])
            in_round["whole"], peak, size = whole_job(n, folder, threads)
            if no_gpu is None:
                in_round["gpu"], _, _ = whole_job(n, folder, threads, "--device", "cuda")
                floors = gpu.floors(STEPS, fd.Recipe().size, threads)
                in_round["gpu arithmetic"], in_round["gpu scatter"] = floors.values()
            in_round["2019"] = rate_of_2019(draws, threads)
            for key, value in in_round.items():
                rates.setdefault(key, []).append(value)
        same = check_twin(rows, np.fromfile(folder / "counts.bin", np.uint16))
        fd.render(fd.Recipe(n=2000), folder / "small.h5")
        with fd.open(folder / "small.h5") as data:
            packed = compression(data[:])
        access = access_milliseconds(folder / "small.h5")
        help_seconds = best_seconds("--help")
        warm = best_seconds("render", "--n", 100, "--out", folder / "w.h5", "--force", "--quiet")
    return Figures(rates, peak, size, no_gpu, same, packed, access, help_seconds, warm)


COLUMNS = (
    Column("what"),
    Column("measured", middle=statistics.median),
    Column("ratio", ".3g", statistics.median),
    Column("of"),
)
STEPS_A_SECOND, KEPT, IMAGES = "Mstep/s", "images/s kept", "images/s"


def line(subject: str, measured: Value, ratio: Value = None, of: str = "") -> Row:
    """Return a row of the table."""
    return subject, measured, ratio, of


def kernel_lines(figures: Figures, has_limit: bool) -> Iterator[Row]:
    """Yield the rows of the kernels, in steps a second."""
    rate, ratio = figures.rate, figures.ratio
    standard = "limit.c" if has_limit else "stick.c"
    for view in ("fixed", "tight"):
        if has_limit:
            yield line(f"limit.c, {view}", rate(f"limit {view}", STEPS_A_SECOND))
        of_limit = (ratio(f"stick {view}", f"limit {view}"), "limit.c") if has_limit else ()
        yield line(f"stick.c, {view}", rate(f"stick {view}", STEPS_A_SECOND), *of_limit)
        yield line(f"our kernel, {view}", rate(f"kernel {view}", STEPS_A_SECOND),
                   ratio(f"kernel {view}", f"limit {view}"), standard)  # fmt: skip
    yield line("plain prange loop, fixed", rate("plain fixed", STEPS_A_SECOND),
               ratio("kernel fixed", "plain fixed"), "our kernel is faster by")  # fmt: skip


def job_lines(figures: Figures, n: int, standard: str) -> Iterator[Row]:
    """Yield the rows of whole jobs, of files and of the command line."""
    rate, ratio = figures.rate, figures.ratio
    per_image = STEPS / 1e6  # million steps
    yield line("whole `render`", rate("whole", KEPT),
               ratio("whole", "limit tight", per_image), f"{standard} tight")  # fmt: skip
    yield line("pipeline of 2019", rate("2019", KEPT),
               ratio("whole", "2019"), "`render` is faster by")  # fmt: skip
    if figures.no_gpu is None:
        yield line(f"whole `render --device cuda`, {gpu.name()}", rate("gpu", KEPT),
                   ratio("gpu", "whole"), "`render`")  # fmt: skip
        for key, floor in (
            ("gpu arithmetic", "floor of double-precision arithmetic"),
            ("gpu scatter", "floor of scattered increments"),
        ):
            yield line(floor, rate(key, IMAGES), ratio("gpu", key), "it `render` reaches")
    else:
        yield line("whole `render --device cuda`", f"not measured: {figures.no_gpu}")
    yield line("peak memory of the whole `render`", Quantity(figures.peak, "MiB"))
    yield line("size of its file", Quantity(figures.size / n, "bytes an image"))
    for name, (micros, packing) in figures.packed.items():
        yield line(f"deflate, {name}", Quantity(micros, "us an image"))
        yield line(f"its compression, {name}", Quantity(packing, "times smaller", ".2f"))
    yield line("random access to one image", Quantity(figures.access, "ms", ".2f"))
    yield line("`--help`", Quantity(figures.help_seconds, "s", ".2f"))
    yield line("warm `render --n 100`", Quantity(figures.warm, "s", ".2f"))
    equal = "equal" if figures.same else "DIFFERENT"
    yield line("counts of stick.c and of our kernel", equal)


def check_twin(rows: np.ndarray, counts: np.ndarray) -> bool:
    """The C twin counted every point where our kernel did, in both views."""
    twin = counts.reshape(2, -1, 128, 128)
    return all(
        (fd.render_images(rows[: len(c)], fd.Recipe(view=view), counts=True).counts == c).all()
        for view, c in zip(("fixed", "tight"), twin, strict=True)
    )


if __name__ == "__main__":
    if shutil.which(COMPILER) is None:
        raise SystemExit(f"{COMPILER}: not found; install a C compiler or set CC")
    main()
