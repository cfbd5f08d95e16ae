"""Codes of factors that a test knows."""

import numpy as np

from evalkit.disentanglement.codes import FactorCodes


def sample(code, n=1500, factors=3):
    """Codes of uniform factors (n, K) by the function `code`."""
    rng = np.random.default_rng(0)
    v = rng.uniform(0, 3, (n, factors))
    return FactorCodes.from_arrays(code(v), v, ("a", "b", "c")[:factors], draws=20, rng=rng)
