"""The command line: a thin shell over the functions of the package."""

import dataclasses
import importlib.metadata
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from fractaldream.publishing.cli import fetch, publish

from . import __version__
from .errors import BadInput
from .recipe import LAWS, MAX_SIZE, TONES, VIEWS, Recipe

if TYPE_CHECKING:
    from .production import RenderResult

PALETTE_NAMES = ("kbc", "inferno", "viridis")
DEFAULT = Recipe()


class Commands(click.Group):
    """The commands here, and those that installed packages contribute."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return [*super().list_commands(ctx), *sorted(_contributed())]

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        command = super().get_command(ctx, name)
        if command is None and name in _contributed():
            command = _contributed()[name].load()
        return command


def _contributed() -> dict[str, importlib.metadata.EntryPoint]:
    return {e.name: e for e in importlib.metadata.entry_points(group="fractaldream.commands")}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Data sets of the Fractal Dream attractor, every image tied to the six numbers that made it.

    \b
    fractaldream render --n 50000
    fractaldream preview fdd-50000.h5
    fractaldream verify fdd-50000.h5 --sample 1000
    """


def main() -> None:
    """Run a command; errors that a user can mend are one line, exit status 2."""
    try:
        cli.main(prog_name="fractaldream", standalone_mode=False)
    except click.exceptions.Exit as leave:
        sys.exit(leave.exit_code)
    except (click.Abort, KeyboardInterrupt):
        click.echo("fractaldream: interrupted", err=True)
        sys.exit(130)
    except click.ClickException as error:
        command = error.ctx.command_path if getattr(error, "ctx", None) else "fractaldream"  # type: ignore[attr-defined]
        click.echo(f"{command}: {error.format_message()}", err=True)
        sys.exit(2)
    except BadInput as error:
        click.echo(f"fractaldream: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        sys.exit(1)  # the reader of stdout has left
    except OSError as error:
        if error.filename is None:
            raise
        click.echo(f"fractaldream: {error.filename}: {error.strerror}", err=True)
        sys.exit(2)


def _print_json(result: Any) -> None:
    click.echo(json.dumps(dataclasses.asdict(result), indent=1))


JSON = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
QUIET = click.option("--quiet", is_flag=True, help="No progress on stderr.")
THREADS = click.option("--threads", type=int, help="Default: one for each processor.")
FORCE = click.option("--force", is_flag=True, help="Replace what is there, once this is complete.")


@cli.command(
    epilog="\b\nExamples:\n"
    "  fractaldream render --n 50000\n"
    "  fractaldream render --recipe data/fdd-50k.toml --out fdd-50k.h5\n"
    "  fractaldream render --law normal --no-refusals --n 10000 --seed 7 --out normal.h5\n"
    "  fractaldream render --params rows.csv --out rows.h5\n"
    "  fractaldream render --n 50000 --resume      (after a kill or Ctrl-C)\n"
    "  fractaldream render --n 10000000 --scheduler tcp://HOST:8786 --virtual"
)
@click.option("--n", type=int, help=f"Images.  [default: {DEFAULT.n}]")
@click.option("--seed", type=int, help="Of the draws.  [default: 0]")
@click.option(
    "--law", type=click.Choice(LAWS[:-1]), help="How parameters are drawn.  [default: fdd]"
)
@click.option("--params", type=click.Path(path_type=Path), help="Render these rows: .csv or .npy.")
@click.option("--iterations", type=int, help=f"Points per image.  [default: {DEFAULT.iterations}]")
@click.option(
    "--skip", type=int, help="Points left out before the first that counts.  [default: 0]"
)
@click.option("--size", type=int, help="Pixels, width and height.  [default: 128]")
@click.option(
    "--view", type=click.Choice(VIEWS), help="The orbit's box, or fixed.  [default: tight]"
)
@click.option("--tone", type=click.Choice(TONES), help="Visits to levels.  [default: eq_hist]")
@click.option("--min-visited", type=float, help="Least share of pixels visited.  [default: 0.15]")
@click.option("--no-refusals", is_flag=True, help="Keep every draw, points and cycles too.")
@click.option("--counts", is_flag=True, help="Store raw visit counts as well.")
@click.option("--recipe", type=click.Path(path_type=Path), help="TOML file of all of the above.")
@click.option("--start", type=int, default=0, show_default=True, help="First image to make.")
@click.option("--stop", type=int, help="Image to stop before.  [default: n]")
@click.option("--out", type=click.Path(path_type=Path), help="Dataset file.  [default: LAW-N.h5]")
@click.option("--virtual", is_flag=True, help="Leave the images in OUT.shards; OUT points there.")
@click.option(
    "--device",
    type=click.Choice(["cpu", "cuda"]),
    default="cpu",
    show_default=True,
    help="What runs the orbits; cuda: a GPU.",
)
@click.option("--scheduler", metavar="ADDRESS", help="Render on the workers of a Dask scheduler.")
@click.option("--workers", type=int, help="Render in so many Dask workers on this machine.")
@click.option("--resume", is_flag=True, help="Go on with an interrupted run.")
@FORCE
@THREADS
@QUIET
@JSON
def render(
    params: Path | None,
    no_refusals: bool,
    counts: bool,
    recipe: Path | None,
    start: int,
    stop: int | None,
    out: Path | None,
    virtual: bool,
    device: str,
    scheduler: str | None,
    workers: int | None,
    resume: bool,
    force: bool,
    threads: int | None,
    quiet: bool,
    as_json: bool,
    **fields: Any,
) -> None:
    """Render a data set: parameters, images and what was measured on them, in one HDF5 file.

    Image i depends on the recipe and i alone: any threads, shards or machine give the same
    bytes. An interrupted run keeps what is complete; --resume goes on.
    """
    given = {name: value for name, value in fields.items() if value is not None}
    if no_refusals:
        given["refusals"] = False
    if params is not None:
        if "n" in given or "law" in given:
            raise BadInput("--params: the file says which images; leave out --n and --law")
        given["law"] = "params"
    made = Recipe.from_toml(recipe, **given) if recipe else Recipe.from_dict(given, "options")
    from .params import read_params
    from .production import parts_folder, render

    rows = None if params is None else read_params(params)
    if out is None:
        part = "" if start == 0 and stop is None else f"-from-{start}"
        out = Path(f"{made.law}-{made.n if rows is None else len(rows)}{part}.h5")
    try:
        result = render(
            made, out, params=rows, start=start, stop=stop, counts=counts, threads=threads,
            virtual=virtual, device=device, scheduler=scheduler, workers=workers, resume=resume,
            force=force, progress=not quiet,
        )  # fmt: skip
    except KeyboardInterrupt:
        kept = parts_folder(out, virtual)
        told = f"what is complete is in {kept}; add --resume to go on" if kept.exists() else ""
        click.echo(f"fractaldream render: interrupted; {told or 'nothing was kept'}", err=True)
        sys.exit(130)
    if as_json:
        _print_json(result)
    else:
        _tell(result)


def _tell(result: "RenderResult") -> None:
    draws = result.images + sum(result.refused.values())
    click.echo(f"{result.path}: {result.images} images")
    if result.rendered:
        click.echo(f"  {result.rendered / result.seconds:,.0f} images/s, {result.seconds:.1f} s")
    click.echo(
        f"  {draws} draws, refused: {result.refused['probe']} by the probe, "
        f"{result.refused['visited']} for few pixels, {result.refused['cycle']} for a cycle"
    )
    click.echo(f"  content_sha256 {result.content_sha256}")


@cli.command(
    context_settings={"ignore_unknown_options": True},  # a negative number is no option
    epilog="\b\nExample:\n  fractaldream draw 0.1 0.1 -0.966918 2.879879 0.765145 0.744728",
)
@click.argument("params", nargs=-1, type=float, metavar="[X0 Y0 A B C D]")
@click.option(
    "--data", type=click.Path(path_type=Path), help="Take the parameters of this file's..."
)
@click.option("--row", type=int, help="...image in this row.")
@click.option("--out", type=click.Path(path_type=Path), default="attractor.png", show_default=True)
@click.option(
    "--size", type=int, default=1024, show_default=True, help=f"Pixels, up to {MAX_SIZE}."
)
@click.option("--iterations", type=int, help="Points.  [default: 3.66 per pixel]")
@click.option("--skip", type=int, default=0, show_default=True, help="Points left out before.")
@click.option("--view", type=click.Choice(VIEWS), default="tight", show_default=True)
@click.option("--tone", type=click.Choice(TONES), default="eq_hist", show_default=True)
@click.option("--palette", type=click.Choice(PALETTE_NAMES), default="kbc", show_default=True)
@FORCE
@QUIET
def draw(
    params: tuple[float, ...], data: Path | None, row: int | None, out: Path, force: bool,
    quiet: bool, **how: Any,
) -> None:  # fmt: skip
    """Draw one attractor to a PNG, in a palette, at any size."""
    from . import dataset
    from .drawing import draw

    if (data is None) != (row is None) or (data is None) == (not params):
        raise BadInput("draw what? Give six numbers, x0 y0 a b c d, or --data FILE --row NUMBER")
    values: Any = params
    if data is not None and row is not None:
        with dataset.open(data) as opened:
            if not 0 <= row < len(opened):
                raise BadInput(f"{data}: no row {row}; give one from 0 to {len(opened) - 1}")
            values = opened.params[row]
    _no_overwrite(out, force)
    draw(values, out, progress=not quiet, **how)
    click.echo(str(out))


def _no_overwrite(out: Path, force: bool) -> None:
    if out.exists() and not force:
        raise BadInput(f"{out}: exists; choose another name or add --force to replace it")


@cli.command(epilog="\b\nExample:\n  fractaldream preview fdd-50000.h5 --palette viridis")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="PNG.  [default: beside the file]")
@click.option("--rows", type=int, default=8, show_default=True)
@click.option("--columns", type=int, default=12, show_default=True)
@click.option("--palette", type=click.Choice(PALETTE_NAMES), default="kbc", show_default=True)
@FORCE
def preview(file: Path, out: Path | None, force: bool, **how: Any) -> None:
    """A contact sheet of a data set to look at."""
    from .drawing import preview

    out = out or file.with_suffix(".png")
    _no_overwrite(out, force)
    preview(file, out, **how)
    click.echo(str(out))


@cli.command(epilog="\b\nExample:\n  fractaldream info fdd-50000.h5 --json")
@click.argument("file", type=click.Path(path_type=Path))
@JSON
def info(file: Path, as_json: bool) -> None:
    """What a data set holds: recipe, hash, ranges, splits, refusals."""
    from .summary import info

    found = info(file)
    if as_json:
        _print_json(found)
        return
    click.echo(f"{found.path}: {found.images} images of {found.size} x {found.size} pixels")
    click.echo(
        f"  {found.bytes / 1e6:.1f} MB, written by fractaldream {found.fractaldream_version}"
    )
    if found.shards:
        click.echo(f"  virtual: its images lie in {found.shards} other files")
    click.echo(f"  content_sha256 {found.content_sha256}")
    click.echo("recipe")
    for name, value in dataclasses.asdict(found.recipe).items():
        if value is not None:
            click.echo(f"  {name} = {json.dumps(value)}")
    click.echo("rows")
    click.echo("  " + ", ".join(f"{name} {count}" for name, count in found.splits.items()))
    click.echo(f"  numbers {found.first_index} to {found.first_index + found.images - 1}")
    refused = ", ".join(f"{name} {count}" for name, count in found.refused.items())
    click.echo(f"  {found.kept:.1%} of the draws kept; refused: {refused}")
    click.echo(f"  {found.cycles} end on an exact cycle")
    click.echo("least, median, largest")
    spans = {**found.params, "visited": found.visited, "lyapunov": found.lyapunov}
    for name, span in spans.items():
        click.echo(f"  {name:9}" + "".join(f"{value:10.4f}" for value in span))


@cli.command(epilog="\b\nExample:\n  fractaldream verify fdd-50000.h5 --sample 1000")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--sample", type=int, help="Images to render again.  [default: 100]")
@click.option("--all", "everything", is_flag=True, help="Render all of them again.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice of images.")
@THREADS
@QUIET
@JSON
def verify(
    file: Path, sample: int | None, everything: bool, seed: int, threads: int | None, quiet: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Render images of a file again and compare bit for bit; exit status 1 on a difference."""
    from .verification import verify

    if everything and sample is not None:
        raise BadInput("--sample and --all: give one of them")
    chosen = None if everything else 100 if sample is None else sample
    found = verify(file, sample=chosen, seed=seed, threads=threads, progress=not quiet)
    if as_json:
        _print_json(found)
    else:
        click.echo(f"{found.path}: {found.compared} of {found.images} images rendered again")
        if not found.content:
            click.echo("  stored hashes do not agree with what is stored: the file was changed")
        if found.different:
            shown = ", ".join(str(number) for number in found.different[:10])
            more = ", ..." if len(found.different) > 10 else ""
            click.echo(f"  {len(found.different)} differ: {shown}{more}")
        if found.passed:
            click.echo("  every bit the same")
    sys.exit(0 if found.passed else 1)


@cli.command(epilog="\b\nExample:\n  fractaldream export fdd-50000.h5 --format npz --out fdd.npz")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--format", type=click.Choice(["png", "npz", "parquet"]), required=True, help="What.")
@click.option("--out", type=click.Path(path_type=Path), help="[default: beside the file]")
@click.option(
    "--palette", "palettes", type=click.Choice(PALETTE_NAMES), multiple=True, default=("kbc",),
    show_default=True, help="Of the PNGs; may be given several times.",
)  # fmt: skip
@click.option("--start", type=int, default=0, show_default=True, help="First row.")
@click.option("--stop", type=int, help="Row to stop before.  [default: all]")
@FORCE
@QUIET
def export(file: Path, format: str, out: Path | None, quiet: bool, **how: Any) -> None:
    """Write a data set as PNG folders (as in 2019), as npz with dSprites' keys, or as Parquet."""
    from .exporting import export

    if out is None:
        out = file.with_suffix("") if format == "png" else file.with_suffix(f".{format}")
    click.echo(str(export(file, out, format=format, progress=not quiet, **how)))


cli.add_command(publish)
cli.add_command(fetch)
