"""Options of `evalkit compare`."""

from dataclasses import dataclass
from pathlib import Path

import click

from evalkit.disentanglement.options import FOLD
from evalkit.inputs.options import CLASSIFIER
from evalkit.sample_quality.options import DOWNLOAD, WEIGHTS, N
from fractaldream_base.errors import BadInput
from fractaldream_base.options import SEED, options_group
from fractaldream_base.seeds import Seeded

PARTS = ("reconstruction", "copying", "disentanglement")


@dataclass(frozen=True)
class CompareOptions(Seeded):
    """What all rows of a comparison have in common.

    Parameters
    ----------
    n
        Greatest number of images of each kind.
    seed
        Random seed.
    without
        Which of `PARTS` to leave out.
    fold
        How the true parameters are folded, see `disentanglement.options.DisentangleOptions`.
    classifier
        File of `evalkit classifier` that names the images.
    weights
        File of torch-fidelity's InceptionV3, for FID, KID and the Inception score.
    download
        Whether these weights may be fetched.
    """

    n: int = 2000
    seed: int = 0
    without: tuple[str, ...] = ()
    fold: str = "sizes"
    classifier: str | Path | None = None
    weights: str | Path | None = None
    download: bool = False

    def check(self) -> None:
        """Raise BadInput for parts that do not exist."""
        for name in self.without:
            if name not in PARTS:
                raise BadInput(f"without {name!r}: give one of {', '.join(PARTS)}")


WITHOUT = click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Part to leave out: reconstruction, copying or disentanglement; may be given again.",
)
COMPARE = options_group(CompareOptions, N, CLASSIFIER, WEIGHTS, DOWNLOAD, WITHOUT, FOLD, SEED)
