"""The search for the smallest share that is found."""

import numpy as np

from evalkit.correspondence.power.search import equivalent_share, smallest_share


def test_power_is_the_smallest_share_that_is_found():
    power = smallest_share(lambda s, k: (s >= 0.4, 2 * s), replicates=3, alpha=0.05)
    assert power.smallest == 0.4 and power.rates[0.4] == 1
    assert np.isclose(equivalent_share(power, 1.0), 0.5) and equivalent_share(power, -3) == 0
    assert smallest_share(lambda s, k: (False, 0), replicates=1, alpha=0.05).smallest is None
