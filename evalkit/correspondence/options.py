"""Options of the ladder, and what they must satisfy."""

import math
from dataclasses import dataclass

import click

from fractaldream_base.errors import BadInput
from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded

from .rung_names import TESTED

DISTANCES = ("density", "features", "blur", "ssim")
LEAST_PAIRS = 32
LEAST_IMAGES = 256


@dataclass(frozen=True)
class CorrespondOptions(Seeded):
    """Options of `evalkit correspond`.

    Attributes
    ----------
    n
        Number of pairs (z, G(z)) that are tested.
    rotations
        Draws of each group that rungs 1 and 2 are ranked among.
    ensemble
        Ignorant generators of each family that rungs 3 and 6 are ranked among.
    replicates
        Replicates of the power calculation; 0 for none.
    group
        Group under which the latent is known to be arbitrary: ``signed-permutations`` or ``haar``.
    distance
        What rungs 1 and 2 judge pairs by, one of `DISTANCES`.
    mapping
        How standardised v becomes parameters, as `evalkit.family.renderer.Renderer` has it:
        ``standard``, ``2019`` or ``fdd``.
    images
        Number of images used to train the inverse renderer (first run only).
    alpha
        Level of the verdict.
    seed
        Random seed.
    """

    n: int = 256
    rotations: int = 999
    ensemble: int = 99
    replicates: int = 100
    group: str = "signed-permutations"
    distance: str = "density"
    mapping: str = "standard"
    images: int = 400_000
    alpha: float = 0.05
    seed: int = 0

    @property
    def level(self) -> float:
        """The level that Holm's correction asks of the smallest p-value."""
        return self.alpha / len(TESTED)

    def check(self) -> None:
        """Raise BadInput for options that no test can be made of."""
        from evalkit.statistics.orthogonal_group import GROUPS

        if self.group not in GROUPS:
            raise BadInput(f"group {self.group!r}: give one of {', '.join(GROUPS)}")
        if self.distance not in DISTANCES:
            raise BadInput(f"distance {self.distance!r}: give one of {', '.join(DISTANCES)}")
        if not 0 < self.alpha < 0.5:
            raise BadInput(f"alpha {self.alpha}: give a level between 0 and 0.5")
        if self.n < LEAST_PAIRS:
            raise BadInput(
                f"n {self.n}: too few pairs for halves to say anything; give {LEAST_PAIRS}"
            )
        if self.replicates < 0:
            raise BadInput(f"replicates {self.replicates}: give 0 for no power, or more")
        if self.images < LEAST_IMAGES:
            raise BadInput(f"images {self.images}: give {LEAST_IMAGES} or more")
        for name in ("rotations", "ensemble"):
            smallest = len(TESTED) / (getattr(self, name) + 1)
            if smallest > self.alpha:
                need = math.ceil(len(TESTED) / self.alpha) - 1
                raise BadInput(
                    f"{name} {getattr(self, name)}: the smallest p, corrected for {len(TESTED)} "
                    f"rungs, is {smallest:.3g} and alpha is {self.alpha:g}; give {name} of {need} "
                    "or more"
                )


CORRESPOND = options_group(
    CorrespondOptions,
    count_option("--n", 256, "Number of pairs."),
    count_option("--rotations", 999, "Number of transformations drawn from each group."),
    count_option(
        "--ensemble",
        99,
        "Number of generators in each null distribution, which know nothing of the map.",
    ),
    count_option(
        "--replicates", 100, "Number of replicates of the power calculation; 0 for no power."
    ),
    click.option(
        "--group",
        type=click.Choice(["signed-permutations", "haar"]),
        default="signed-permutations",
        show_default=True,
        help="Transformations of the latents that count as equivalent.",
    ),
    click.option(
        "--distance",
        type=click.Choice(DISTANCES),
        default="density",
        show_default=True,
        help="Measure by which rungs 1 and 2 judge pairs.",
    ),
    click.option(
        "--map",
        "mapping",
        type=click.Choice(["standard", "2019", "fdd"]),
        default="standard",
        show_default=True,
        help="Map from standardised parameters v to parameters: mean + scale v (standard); "
        "x0, y0 = v and a to d = 3 v (2019); onto the law fdd (fdd).",
    ),
    count_option(
        "--images",
        400_000,
        "Number of images used to train the inverse renderer (first run only).",
    ),
    click.option(
        "--alpha",
        type=float,
        default=0.05,
        show_default=True,
        help="Significance level of the verdict.",
    ),
    SEED,
)
