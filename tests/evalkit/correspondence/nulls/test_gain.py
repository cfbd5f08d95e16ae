"""How fast images grow apart with their latents."""

import numpy as np

from evalkit.correspondence.nulls.gain import GAINS, matched_gain
from evalkit.correspondence.nulls.generators import (
    smooth_network,
)


def test_a_gain_is_found_again():
    rng = np.random.default_rng(3)
    z = rng.standard_normal((256, 6))
    network = smooth_network(6, rng, gain=GAINS[6], channels=1)
    gain = matched_gain(z, network(z), rng)
    assert GAINS[5] <= gain <= GAINS[7]
