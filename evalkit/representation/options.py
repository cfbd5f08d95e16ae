"""Options of `evalkit probe`."""

from dataclasses import dataclass

from fractaldream_base.options import SEED, count_option, options_group
from fractaldream_base.seeds import Seeded


@dataclass(frozen=True)
class ProbeOptions(Seeded):
    """Images and choices of the probes.

    Parameters
    ----------
    n
        Greatest number of training images, and of held-out images.
    seed
        Random seed.
    """

    n: int = 10_000
    seed: int = 0


PROBE = options_group(
    ProbeOptions,
    count_option("--n", 10_000, "Greatest number of training images, and of held-out ones."),
    SEED,
)
