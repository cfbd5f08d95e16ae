"""Options of `evalkit neighbours`."""

from dataclasses import dataclass

import click

from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded
from fractaldream_models.pretrained import completed_checkpoints


@dataclass(frozen=True)
class NeighbourOptions(Seeded):
    """Options of the comparison of generated images with training images.

    Attributes
    ----------
    n
        Number of generated images, 20 or more.
    k
        Nearest training images that are reported of each, and the k of precision and recall.
    refine
        Number of generated images whose closest attractor is searched for in the whole Fractal
        Dream family.
    seed
        Random seed.
    """

    n: int = 2000
    k: int = 5
    refine: int = 32
    seed: int = 0


NEIGHBOURS = options_group(
    NeighbourOptions,
    count_option("--n", 2000, "Number of generated images."),
    count_option("--k", 5, "Number of nearest neighbours."),
    count_option(
        "--refine",
        32,
        "Number of generated images whose closest attractor is searched for in the whole "
        "Fractal Dream family.",
        least=0,
    ),
    SEED,
)
FEATURES = click.option(
    "--features",
    default="pixels",
    show_default=True,
    metavar="NAME",
    shell_complete=completed_checkpoints,
    help="Features that distances are measured in: pixels, encoder, or a classifier or checkpoint, "
    "as a file or pretrained:NAME.",
)
