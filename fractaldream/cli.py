"""The command line: a thin shell over the functions of the package."""

import dataclasses
import importlib.metadata
import shlex
import sys
from pathlib import Path
from typing import Any

import click

from fractaldream.publishing.cli import fetch, publish
from fractaldream_base.errors import BadInput
from fractaldream_base.options import (
    OUTPUT,
    THREAD_COUNT,
    count_option,
    out_option,
    path_option,
    seed_option,
    takes,
)
from fractaldream_base.output import OutputOptions
from fractaldream_base.program import VERSION, Program, exits

from .cli_options import (
    DRAW,
    FILE,
    PALETTE,
    PALETTE_NAMES,
    RECIPE,
    RENDER,
    SHARED,
    START,
    STOP,
    RecipeOptions,
)
from .installation.cli import doctor
from .options import RenderOptions
from .recipe import MAX_SIZE

EVERY_DRAW = "no draw was refused, so many images are specks or nearly blank; this is expected"


class Commands(Program):
    """The commands here, and those that installed packages contribute."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, those of other packages included."""
        return [*super().list_commands(ctx), *sorted(_contributed())]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """Return a command of this package or of another one."""
        command = super().get_command(ctx, name)
        if command is None and name in _contributed():
            command = _contributed()[name].load()
        return command


def _contributed() -> dict[str, importlib.metadata.EntryPoint]:
    return {e.name: e for e in importlib.metadata.entry_points(group="fractaldream.commands")}


@click.group(cls=Commands)
@VERSION
def cli() -> None:
    """Render data sets of the Fractal Dream attractor and train generative models on them.

    Every image is tied to the six numbers that made it. The glossary of the documentation
    (docs/reference/glossary.md) explains the terms.

    \b
    Examples:
    fractaldream render --n 50000
    fractaldream preview fdd-50000.h5
    fractaldream verify fdd-50000.h5 --sample 1000
    """


def main() -> None:
    """Run a command; errors that a user can mend are one line, exit status 2."""
    with exits("fractaldream"):
        cli.main(prog_name="fractaldream", standalone_mode=False)


@cli.command(
    epilog="\b\nExamples:\n"
    "  fractaldream render --n 50000\n"
    "  fractaldream render --recipe data/fdd-50k.toml --out fdd-50k.h5\n"
    "  fractaldream render --law normal --no-refusals --n 10000 --seed 7 --out normal.h5\n"
    "  fractaldream render --params rows.csv --out rows.h5\n"
    "  fractaldream render --law normal --no-refusals --n 10000 --shared 3\n"
    "  fractaldream render --n 50000 --resume      (after a kill or Ctrl-C)\n"
    "  fractaldream render --n 10000000 --scheduler tcp://HOST:8786 --virtual"
)
@takes(
    RECIPE,
    SHARED,
    RENDER,
    out_option("Data set file to write.  [default: LAW-N.h5]"),
    click.option("--resume", is_flag=True, help="Go on with an interrupted run."),
    OUTPUT,
)
def render(
    source: RecipeOptions,
    shared: int | None,
    options: RenderOptions,
    out: Path | None,
    resume: bool,
    output: OutputOptions,
) -> None:
    """Render a data set of attractors to one HDF5 file.

    The file holds the images, their parameters and what was measured on them.

    Image i depends on the recipe and i alone: any threads, shards or machine give the same
    bytes. A file that is complete already is left as it is. An interrupted run keeps what is
    complete; --resume goes on.
    """
    recipe = source.load()
    from .parameters.params import read_params
    from .production.job import render
    from .production.unfinished import parts_folder

    rows = None if source.params is None else read_params(source.params)
    name = f"{recipe.law}-{recipe.n if rows is None else len(rows)}"
    if shared is not None:
        from .parameters.matched import matched_params

        rows, name = matched_params(recipe, shared), f"{name}-shared-{shared}"
        recipe = dataclasses.replace(recipe, law="params")
    if out is None:
        part = "" if options.start == 0 and options.stop is None else f"-from-{options.start}"
        out = Path(f"{name}{part}.h5")
    output.check()
    try:
        result = render(
            recipe, out, params=rows, options=options, resume=resume, force=output.force,
            progress=output.progress,
        )  # fmt: skip
    except KeyboardInterrupt:
        parts = parts_folder(out, options.virtual)
        added = "--resume to --force" if output.force else "--resume"
        resumable = f"what is complete is in {parts}; add {added} to go on"
        outcome = resumable if parts.exists() else "nothing was kept"
        click.echo(f"fractaldream render: interrupted; {outcome}", err=True)
        sys.exit(130)
    text = str(result)
    if rows is None and not recipe.refusals:
        text += f"\n  {EVERY_DRAW}"
    output.say(result, text, next_command=f"fractaldream preview {shlex.quote(str(out))}")


@cli.command(
    context_settings={"ignore_unknown_options": True},  # a negative number is no option
    epilog="\b\nExample:\n  fractaldream draw 0.1 0.1 -0.966918 2.879879 0.765145 0.744728",
)
@takes(
    click.argument("params", nargs=-1, type=float, metavar="[X0 Y0 A B C D]"),
    path_option("--data", "Data set that holds the parameters, in place of six numbers."),
    click.option("--row", type=int, help="Row of --data."),
    out_option("Picture (PNG) to write.  [default: attractor.png, or the next free name]"),
    count_option("--size", 1024, f"Width and height in pixels, up to {MAX_SIZE}."),
    DRAW,
    PALETTE,
    OUTPUT,
)
def draw(
    params: tuple[float, ...],
    data: Path | None,
    row: int | None,
    out: Path | None,
    output: OutputOptions,
    **picture: Any,
) -> None:
    """Draw one attractor to a PNG, in a palette, at any size."""
    from .datasets import dataset
    from .datasets.drawing import draw

    if (data is None) != (row is None) or (data is None) == (not params):
        raise BadInput("draw what? Give six numbers, x0 y0 a b c d, or --data FILE --row NUMBER")
    if params and len(params) != 6:
        raise BadInput(f"{len(params)} numbers: give six, x0 y0 a b c d")
    values: Any = params
    if data is not None and row is not None:
        with dataset.open(data) as opened:
            if not 0 <= row < len(opened):
                raise BadInput(f"{data}: no row {row}; give one from 0 to {len(opened) - 1}")
            values = opened.params[row]
    file = output.file(out, "attractor.png")
    draw(values, file, progress=output.progress, **picture)
    output.say(
        {"out": file, "params": values, "size": picture["size"]},
        f"{file}: {picture['size']} x {picture['size']} pixels",
    )


@cli.command(epilog="\b\nExample:\n  fractaldream preview fdd-50000.h5 --palette viridis")
@takes(
    FILE,
    out_option("Picture (PNG) to write.  [default: beside the data set]"),
    count_option("--rows", 8, "Number of rows."),
    count_option("--columns", 12, "Number of columns."),
    PALETTE,
    OUTPUT,
)
def preview(
    file: Path, out: Path | None, rows: int, columns: int, palette: str, output: OutputOptions
) -> None:
    """Draw a contact sheet of a data set.

    Its images are spread evenly over the rows of the file.
    """
    from .datasets import dataset
    from .datasets.drawing import preview

    out = out or _beside(file, ".png")
    output.check(out)
    preview(file, out, rows=rows, columns=columns, palette=palette)
    result = {"out": out, "data": file, "rows": rows, "columns": columns, "palette": palette}
    with dataset.open(file) as data:
        text = f"{out}: {min(rows * columns, len(data)):,} of {len(data):,} images of {file}"
        if data.recipe.law != "params" and not data.recipe.refusals:
            text += f"\n  {EVERY_DRAW}"
    output.say(result, text)


def _beside(file: Path, suffix: str) -> Path:
    """Return the name of a data set with another suffix. Raises BadInput where it has no name."""
    if not file.name:
        raise BadInput(f"{file}: a folder; give the name of a file")
    return file.with_suffix(suffix)


@cli.command(epilog="\b\nExample:\n  fractaldream info fdd-50000.h5 --json")
@takes(FILE, OUTPUT)
def info(file: Path, output: OutputOptions) -> None:
    """Show the recipe, hash, ranges and splits of a data set.

    FILE may also be a pack of `evalkit clean apply`.
    """
    from .datasets.summary import info

    output.check()
    result = info(file)
    output.say(result, str(result))


@cli.command(epilog="\b\nExample:\n  fractaldream verify fdd-50000.h5 --sample 1000")
@takes(
    FILE,
    click.option("--sample", type=int, help="Number of images to render again.  [default: 100]"),
    click.option("--all", "everything", is_flag=True, help="Render all images again."),
    seed_option("Random seed of the choice of images."),
    THREAD_COUNT,
    OUTPUT,
)
def verify(
    file: Path,
    sample: int | None,
    everything: bool,
    seed: int,
    threads: int | None,
    output: OutputOptions,
) -> None:
    """Verify that images render again to the same bits.

    The exit status is 1 where an image differs.
    """
    from .production.verification import verify

    output.check()
    if everything and sample is not None:
        raise BadInput("--sample and --all: give one of them")
    chosen = None if everything else 100 if sample is None else sample
    result = verify(file, sample=chosen, seed=seed, threads=threads, progress=output.progress)
    output.say(result, str(result))
    sys.exit(0 if result.passed else 1)


@cli.command(epilog="\b\nExample:\n  fractaldream export fdd-50000.h5 --format npz --out fdd.npz")
@takes(
    FILE,
    click.option(
        "--format",
        type=click.Choice(["png", "npz", "parquet"]),
        required=True,
        help="Output format.",
    ),
    out_option("File, or folder of PNGs, to write.  [default: beside the data set]"),
    click.option(
        "--palette",
        "palettes",
        type=click.Choice(PALETTE_NAMES),
        multiple=True,
        default=("kbc",),
        show_default=True,
        help="Palette of the PNGs; may be given several times.",
    ),
    START,
    STOP,
    OUTPUT,
)
def export(
    file: Path, format: str, out: Path | None, output: OutputOptions, **selection: Any
) -> None:
    """Export a data set as PNG files, npz or Parquet.

    A folder of PNGs has a table beside it; the npz file has the keys of dSprites.

    Hugging Face's `datasets` reads the folders and the Parquet file as images with parameters. An
    export to PNG that was interrupted goes on when the same command is run again.
    """
    from .datasets import dataset
    from .datasets.exporting import export

    if out is None:
        out = _beside(file, "" if format == "png" else f".{format}")
    output.check(None if format == "png" else out)
    options = {"format": format, "force": output.force, **selection}
    written = export(file, out, progress=output.progress, **options)
    with dataset.open(file) as data:
        last = len(data) if selection["stop"] is None else selection["stop"]
    text = f"{written}: {last - selection['start']:,} images of {file}"
    if format == "png":
        names = ", ".join(f"{name}/" for name in dict.fromkeys(selection["palettes"]))
        text += f" as PNG in {names}, each with a table of parameters, metadata.csv"
    output.say({"out": written, "data": file, "format": format}, text)


cli.add_command(doctor)
cli.add_command(publish)
cli.add_command(fetch)
