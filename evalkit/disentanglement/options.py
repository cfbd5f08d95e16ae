"""Options of `evalkit disentangle`."""

from dataclasses import dataclass

import click

from fractaldream_base.errors import BadInput
from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded

MIN_IMAGES = 100
FOLD = click.option(
    "--fold", type=click.Choice(["sizes", "picture", "none"]), default="sizes", show_default=True,
    help="Treatment of the map's symmetries: absolute values of the parameters (sizes), only "
    "symmetries that leave the picture unchanged (picture), or none.",
)  # fmt: skip


@dataclass(frozen=True)
class DisentangleOptions(Seeded):
    """Images, factors and choices of the estimators, all of them stored with the result.

    Parameters
    ----------
    n
        Number of images.
    factors
        Names of the factors. Default: a, b, c and d, or all that the data have.
    fold
        How the parameters of Fractal Dream are folded by the symmetries of the map: `sizes`,
        `picture` or `none` (see `family.factors.fold`).
    bins
        Number of bins of equal frequency, for MIG.
    draws
        Number of bootstrap draws, for the intervals.
    trees
        Number of trees in each random forest of DCI.
    refits
        Number of bootstrap fits of these forests, for the intervals of DCI; 0 for no intervals.
    fitted
        Greatest number of images that the forests are fitted on.
    votes
        Number of votes of FactorVAE's score; half of them are used to learn the majority vote.
    seed
        Random seed.
    """

    n: int = 4000
    factors: tuple[str, ...] = ()
    fold: str = "sizes"
    bins: int = 20
    draws: int = 200
    trees: int = 40
    refits: int = 10
    fitted: int = 2000
    votes: int = 200
    seed: int = 0

    def check(self) -> None:
        """Raise BadInput for choices that no estimator can use."""
        least = {
            "bins": 2, "draws": 2, "trees": 1, "refits": 0, "fitted": MIN_IMAGES // 2, "votes": 20,
        }  # fmt: skip
        for name, low in least.items():
            if getattr(self, name) < low:
                raise BadInput(f"{name} {getattr(self, name)}: give {low} or more")


def _names(context: click.Context, option: click.Parameter, text: str) -> tuple[str, ...]:
    """Return the names in a comma-separated text."""
    return tuple(name.strip() for name in text.split(",") if name.strip())


DISENTANGLE = options_group(
    DisentangleOptions,
    count_option("--n", 4000, "Number of images."),
    click.option(
        "--factors", default="", metavar="NAMES", callback=_names,
        help="Comma-separated names of the factors.  [default: a,b,c,d, or all]",
    ),
    FOLD,
    count_option("--bins", 20, "Number of bins of MIG, by quantiles."),
    count_option("--trees", 40, "Number of trees in each forest of DCI."),
    count_option("--refits", 10, "Number of refits of DCI, for its intervals; 0 for none."),
    count_option("--votes", 200, "Number of votes of FactorVAE's score."),
    SEED,
)  # fmt: skip
