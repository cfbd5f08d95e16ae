"""Options of `evalkit compare`."""

from dataclasses import dataclass
from pathlib import Path

import click

from evalkit.disentanglement.options import FOLD
from evalkit.inputs.options import CLASSIFIER
from evalkit.sample_quality.options import DOWNLOAD, WEIGHTS, N, SampleOptions
from fractaldream_base.errors import BadInput
from fractaldream_base.options import SEED, options_group

PARTS = ("reconstruction", "classifier-test", "copying", "disentanglement")


@dataclass(frozen=True)
class CompareOptions(SampleOptions):
    """Options that all rows of a comparison have in common.

    Parameters
    ----------
    without
        Which of `PARTS` to leave out.
    fold
        How the true parameters are folded, see `disentanglement.options.DisentangleOptions`.
    classifier
        File of `evalkit classifier` that names the images.
    """

    classifier: str | Path | None = None
    without: tuple[str, ...] = ()
    fold: str = "sizes"

    def check(self) -> None:
        """Raise BadInput for parts that do not exist."""
        for name in self.without:
            if name not in PARTS:
                raise BadInput(f"without {name!r}: give one of {', '.join(PARTS)}")


WITHOUT = click.option(
    "--without",
    multiple=True,
    metavar="PART",
    help="Part to leave out: reconstruction, classifier-test, copying or disentanglement; may be "
    "given again.",
)
COMPARE = options_group(CompareOptions, N, CLASSIFIER, WEIGHTS, DOWNLOAD, WITHOUT, FOLD, SEED)
