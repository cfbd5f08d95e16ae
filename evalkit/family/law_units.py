"""The units of standardised parameters: mean and standard deviation of each law.

Data sets of one law share these units, so that one inverse renderer serves them all. They are those
of the law before refusals, from its definition (`fractaldream.parameters.sampling`): a uniform
distribution on [low, high] has the mean (low + high) / 2 and the standard deviation
(high - low) / sqrt(12). The laws `fdd` and `uniform` differ in their signs, which leaves each
parameter uniform, and `normal` has the standard deviations of `uniform`.
"""

import numpy as np

Units = tuple[tuple[float, ...], tuple[float, ...]]  # mean and scale of the six parameters

_START = 3**-0.5  # of x0 and y0, uniform in [-1, 1]
_MAP = 3**0.5  # of a to d, uniform in [-3, 3]
_CENTRED: Units = (0.0,) * 6, (_START,) * 2 + (_MAP,) * 4
LAW_UNITS: dict[str, Units] = {
    "fdd": _CENTRED,
    "uniform": _CENTRED,
    "normal": _CENTRED,
    # x0 = y0 = 0.1, which do not vary and keep the scale 1; c, d uniform in [-0.5, 1.5]
    "pickover": ((0.1, 0.1, 0.0, 0.0, 0.5, 0.5), (1.0, 1.0, _MAP, _MAP, _START, _START)),
}
CONSTANT = {"pickover": ("x0", "y0")}  # parameters that a law holds fixed


def units_of(law: str, params: np.ndarray) -> Units:
    """Return mean and scale of the parameters of a data set.

    Parameters
    ----------
    law
        The law of its recipe.
    params
        Its training rows, (N, 6), which give the units where parameters were given (`params`). A
        parameter that does not vary has the scale 1.
    """
    if law in LAW_UNITS:
        return LAW_UNITS[law]
    varies = params.min(0) < params.max(0)  # rounding leaves a constant a scale of 1e-17
    scale = np.where(varies, params.std(0), 1.0)
    return tuple(params.mean(0).tolist()), tuple(scale.tolist())
