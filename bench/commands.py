"""Time the commands of evalkit, each in a process of its own.

    python bench/commands.py [--scale 1] [--idx FOLDER] [--only NAME] [--json FILE]

At scale 1 the numbers of images are the defaults of the commands, and `clean review` reads 10,000
images; other scales multiply them. The data are rendered, the models come with the package. The
columns are seconds of processor time of all processes of a command, seconds on the clock, and the
memory of its largest process (lower is better). `--idx` names the folder of MNIST's test files, for
`probe`.
"""

import math
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import click
from result_tables import Column, Row, json_option, print_table, save_tables

import fractaldream as fd

AUTOENCODER, GAN = "pretrained:aae-fdd-sharp", "pretrained:gan-fdd"
SIDE = 32  # px, of the models that come with the package
COLUMNS = (
    Column("command"),
    Column("processor time, s", ".1f"),
    Column("wall time, s", ".1f"),
    Column("memory, MiB", ",.0f"),
)


def commands(scale: float, folder: Path, idx: Path | None) -> dict[str, list[str]]:
    """Return the arguments of each command, by its name."""

    def images(default: int, least: int = 1) -> str:
        return str(max(least, round(default * scale)))

    data = ["--data", f"{folder / 'fdd.h5'}"]
    small = ["--n", images(2000, 100)]
    named = {
        "correspond": ["correspond", "pretrained:aae-paired", "--data", f"{folder / 'normal.h5'}"],
        "neighbours": ["neighbours", AUTOENCODER, *data, *small],
        "quality": ["quality", AUTOENCODER, *data, *small],
        "compare": ["compare", AUTOENCODER, GAN, *data, *small],
        "disentangle": ["disentangle", AUTOENCODER, *data, "--n", images(4000, 400),
                        "--votes", images(200, 40)],
        "project": ["project", AUTOENCODER, *data, "--n", images(6400, 200), "--out", "map.png"],
        "explore": ["explore", AUTOENCODER, *data, "--static", "page.html", "--no-open",
                    "--grid", str(max(10, round(40 * math.sqrt(scale))))],
        "grid": ["grid", AUTOENCODER, *data, "--plane", "components", "--out", "grid.png"],
        "clean review": ["clean", "review", str(folder / "images"), "--out", "review"],
    }  # fmt: skip
    if idx is not None:
        digits = ["--data", "mnist", "--root", str(idx.absolute()), "--part", "test"]
        named["probe"] = ["probe", "pretrained:vae-mnist", *digits, "--n", images(10_000, 500)]
    return named


def write_data(scale: float, folder: Path) -> None:
    """Render the data sets and the folder of images that the commands read."""
    n = max(500, round(10_000 * scale))
    fd.render(fd.Recipe(n=n, size=SIDE), folder / "fdd.h5")
    normal = fd.Recipe(n=max(500, n // 2), size=SIDE, law="normal", refusals=False)
    fd.render(normal, folder / "normal.h5")
    fd.export(folder / "fdd.h5", folder / "images", format="png")


def measured(arguments: list[str], folder: Path) -> tuple[float, float, float]:
    """Run a command; return its processor time, s, wall time, s, and peak memory, MiB."""
    command = [sys.executable, "-m", "evalkit", *arguments, "--quiet", "--force"]
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    complaint = process.stderr.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    if status:
        raise SystemExit(f"{' '.join(command)} failed:\n{complaint.decode()}")
    unit = 2**10 if sys.platform == "linux" else 2**20
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss / unit


@click.command()
@click.option("--scale", default=1.0, show_default=True, help="Factor of the numbers of images.")
@click.option("--idx", type=click.Path(exists=True, path_type=Path), help="MNIST's test files.")
@click.option("--only", multiple=True, help="A command to time; may be given again.")
@json_option
def main(scale: float, idx: Path | None, only: tuple[str, ...], json_file: Path | None) -> None:
    """Print the table."""

    def rows(folder: Path) -> Iterator[Row]:
        for name, arguments in commands(scale, folder, idx).items():
            if not only or name in only:
                yield name, *measured(arguments, folder)

    with tempfile.TemporaryDirectory() as name:
        write_data(scale, Path(name))
        table = print_table(f"Commands of evalkit, scale {scale:g}", COLUMNS, rows(Path(name)))
    save_tables(json_file, table)


if __name__ == "__main__":
    main()
