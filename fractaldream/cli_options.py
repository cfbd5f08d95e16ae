"""Groups of options of the renderer's commands."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import click

from fractaldream_base.errors import BadInput
from fractaldream_base.options import (
    THREAD_COUNT,
    count_option,
    options_group,
    path_option,
    seed_option,
)

from .options import DrawOptions, RenderOptions
from .recipe import LAWS, TONES, VIEWS, Recipe

PALETTE_NAMES = ("kbc", "inferno", "viridis")
DEFAULT = Recipe()


@dataclass(frozen=True)
class RecipeOptions:
    """A recipe as the command line gives it: a file, fields in place of the file's, and rows."""

    n: int | None
    seed: int | None
    law: str | None
    iterations: int | None
    skip: int | None
    size: int | None
    view: str | None
    tone: str | None
    min_visited: float | None
    no_refusals: bool
    recipe: Path | None
    params: Path | None

    def load(self) -> Recipe:
        """Return the recipe."""
        values = dataclasses.asdict(self)
        rows, file, refuses_none = (values.pop(k) for k in ("params", "recipe", "no_refusals"))
        given = {name: value for name, value in values.items() if value is not None}
        if refuses_none:
            given["refusals"] = False
        if rows is not None:
            if "n" in given or "law" in given:
                raise BadInput("--params: the file says which images; leave out --n and --law")
            given["law"] = "params"
        return Recipe.from_toml(file, **given) if file else Recipe.from_dict(given, "options")


FILE = click.argument("file", type=click.Path(path_type=Path))
START = count_option("--start", 0, "First row.")
STOP = click.option("--stop", type=int, help="Row to stop before.  [default: all rows]")
PALETTE = click.option(
    "--palette", type=click.Choice(PALETTE_NAMES), default="kbc", show_default=True,
    help="Palette of the picture.",
)  # fmt: skip
RECIPE = options_group(
    RecipeOptions,
    click.option("--n", type=int, help=f"Number of images.  [default: {DEFAULT.n}]"),
    seed_option("Random seed of the parameters.  [default: 0]", default=None, most=None),
    click.option(
        "--law", type=click.Choice(LAWS[:-1]),
        help="Law that the parameters are drawn from.  [default: fdd]",
    ),
    path_option("--params", "Parameters to render in place of drawn ones (.csv or .npy)."),
    click.option(
        "--iterations", type=int,
        help=f"Number of points per image.  [default: {DEFAULT.iterations}]",
    ),
    click.option(
        "--skip", type=int,
        help="Number of points left out before the first that counts.  [default: 0]",
    ),
    click.option(
        "--size", type=int, help="Width and height of the images in pixels.  [default: 128]"
    ),
    click.option(
        "--view", type=click.Choice(VIEWS),
        help="Part of the plane that is shown: the orbit's bounding box, or a fixed one.  "
        "[default: tight]",
    ),
    click.option(
        "--tone", type=click.Choice(TONES),
        help="Function from visit counts to grey levels.  [default: eq_hist]",
    ),
    click.option(
        "--min-visited", type=float,
        help="Share of the pixels that a draw must visit to be kept.  [default: 0.15]",
    ),
    click.option(
        "--no-refusals", is_flag=True, help="Keep every draw, points and cycles too."
    ),
    path_option("--recipe", "Recipe (TOML) that holds these values; options replace its own."),
    name="source",
)  # fmt: skip
SHARED = click.option(
    "--shared", type=int, metavar="NUMBER",
    help="Number of parameters that images 2i and 2i + 1 share (matched pairs).",
)  # fmt: skip
RENDER = options_group(
    RenderOptions,
    click.option("--counts", is_flag=True, help="Store raw visit counts as well."),
    count_option("--start", 0, "First image to render."),
    click.option("--stop", type=int, help="Image to stop before.  [default: --n]"),
    click.option(
        "--virtual", is_flag=True,
        help="Leave the images in the folder OUT.shards, to which OUT then points.",
    ),
    click.option(
        "--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True,
        help="Device that computes the orbits.",
    ),
    click.option(
        "--scheduler", metavar="ADDRESS", help="Render on the workers of a Dask scheduler."
    ),
    click.option(
        "--workers", type=int, help="Number of Dask workers to start on this machine."
    ),
    THREAD_COUNT,
)  # fmt: skip
DRAW = options_group(
    DrawOptions,
    click.option("--iterations", type=int, help="Number of points.  [default: 3.66 per pixel]"),
    count_option("--skip", 0, "Number of points left out before the first that counts."),
    click.option(
        "--view", type=click.Choice(VIEWS), default="tight", show_default=True,
        help="Part of the plane that is shown: the orbit's bounding box, or a fixed one.",
    ),
    click.option(
        "--tone", type=click.Choice(TONES), default="eq_hist", show_default=True,
        help="Function from visit counts to grey levels.",
    ),
)  # fmt: skip
