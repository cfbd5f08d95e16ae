"""Random seeds that every generator of random numbers takes."""

import operator

from .errors import BadInput

MOST = 2**32 - 1  # of scikit-learn and of the legacy generator of numpy; others take more


def check_seed(seed: int | None) -> None:
    """Raise BadInput for a seed that is no whole number from 0 to `MOST`; None is a default."""
    if seed is None:
        return
    try:
        valid = 0 <= operator.index(seed) <= MOST
    except TypeError:
        valid = False
    if not valid:
        raise BadInput(f"seed {seed}: give a whole number from 0 to {MOST}")


class Seeded:
    """Options with a seed, which is checked when they are made."""

    seed: int | None

    def __post_init__(self) -> None:
        """Check the seed. Raises BadInput."""
        check_seed(self.seed)
