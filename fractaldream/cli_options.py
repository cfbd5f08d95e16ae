"""Groups of options of the renderer's commands."""

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import click

from .command_line import THREADS, Group
from .errors import BadInput
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


RECIPE = Group(
    "source",
    RecipeOptions,
    (
        click.option("--n", type=int, help=f"Images.  [default: {DEFAULT.n}]"),
        click.option("--seed", type=int, help="Random seed of the draws.  [default: 0]"),
        click.option(
            "--law", type=click.Choice(LAWS[:-1]), help="How parameters are drawn.  [default: fdd]"
        ),
        click.option(
            "--params", type=click.Path(path_type=Path), help="Render these rows: .csv or .npy."
        ),
        click.option(
            "--iterations", type=int, help=f"Points per image.  [default: {DEFAULT.iterations}]"
        ),
        click.option(
            "--skip", type=int, help="Points left out before the first that counts.  [default: 0]"
        ),
        click.option("--size", type=int, help="Pixels, width and height.  [default: 128]"),
        click.option(
            "--view", type=click.Choice(VIEWS), help="The orbit's box, or fixed.  [default: tight]"
        ),
        click.option(
            "--tone", type=click.Choice(TONES), help="Visits to levels.  [default: eq_hist]"
        ),
        click.option(
            "--min-visited", type=float, help="Least share of pixels visited.  [default: 0.15]"
        ),
        click.option("--no-refusals", is_flag=True, help="Keep every draw, points and cycles too."),
        click.option(
            "--recipe", type=click.Path(path_type=Path), help="TOML file of all of the above."
        ),
    ),
)
RENDER = Group(
    "options",
    RenderOptions,
    (
        click.option("--counts", is_flag=True, help="Store raw visit counts as well."),
        click.option("--start", type=int, default=0, show_default=True, help="First image."),
        click.option("--stop", type=int, help="Image to stop before.  [default: n]"),
        click.option(
            "--virtual", is_flag=True, help="Leave the images in OUT.shards; OUT points there."
        ),
        click.option(
            "--device",
            type=click.Choice(["cpu", "cuda"]),
            default="cpu",
            show_default=True,
            help="What runs the orbits; cuda: a GPU.",
        ),
        click.option(
            "--scheduler", metavar="ADDRESS", help="Render on the workers of a Dask scheduler."
        ),
        click.option("--workers", type=int, help="Render in so many Dask workers on this machine."),
        THREADS,
    ),
)


DRAW = Group(
    "options",
    DrawOptions,
    (
        click.option("--iterations", type=int, help="Points.  [default: 3.66 per pixel]"),
        click.option(
            "--skip",
            type=int,
            default=0,
            show_default=True,
            help="Points left out before the first that counts.",
        ),
        click.option("--view", type=click.Choice(VIEWS), default="tight", show_default=True),
        click.option("--tone", type=click.Choice(TONES), default="eq_hist", show_default=True),
    ),
)
PALETTE = click.option(
    "--palette", type=click.Choice(PALETTE_NAMES), default="kbc", show_default=True
)
