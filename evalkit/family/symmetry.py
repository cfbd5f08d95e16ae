"""The symmetries of the Fractal Dream map, as signed permutations of its parameters.

`fractaldream.rendering.attractor` knows the symmetries one parameter vector at a time. Here they
are matrices and signs, which hold for all rows at once.
"""

from functools import cache

import numpy as np

from fractaldream.recipe import PARAM_NAMES
from fractaldream.rendering.attractor import OPERATIONS as OPERATION_NAMES
from fractaldream.rendering.attractor import Operation, Symmetry, symmetry_orbit, turned

__all__ = ["OPERATIONS", "Operation", "permutation", "picture_signs", "turned"]

OPERATIONS: list[Operation] = sorted(OPERATION_NAMES)  # the first changes nothing

# Distinct numbers, so that each can be recognised in its new place.
_PROBE = np.arange(1.0, 1 + len(PARAM_NAMES))


@cache
def _probe_orbit() -> list[Symmetry]:
    return symmetry_orbit(_PROBE)


def permutation(operation: Operation) -> np.ndarray:
    """Return the signed permutation of the parameters that an operation on the square amounts to.

    Parameters
    ----------
    operation
        One of `OPERATIONS`.

    Returns
    -------
    ndarray
        P, float64 (6, 6): the image of parameters p @ P is that of p after the operation.
    """
    name = OPERATION_NAMES[operation]
    member = next(m for m in _probe_orbit() if m.exact and m.operation == name)
    moved = np.array(member.params)
    same = np.abs(moved) == _PROBE[:, None]
    return np.where(same, np.sign(moved), 0.0)


@cache
def picture_signs() -> np.ndarray:
    """Return the changes of sign that leave the picture as it is.

    Returns
    -------
    ndarray
        float64 (4, 6), the first all ones. A change of sign counts where the picture stays or is
        turned by 180 degrees, since most attractors equal their own half turn.

    Examples
    --------
    >>> picture_signs().shape
    (4, 6)
    """
    half_turn = ("identity", "half turn")
    out: np.ndarray = (
        np.array([m.params for m in _probe_orbit() if m.operation in half_turn]) / _PROBE
    )
    return out
