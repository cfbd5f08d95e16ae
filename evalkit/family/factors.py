"""The true factors of Fractal Dream images: their parameters, up to the symmetries of the map.

A model can only know of a parameter what the picture shows. Negating (x0, y0), or (a, b), leaves
the picture as it is wherever the attractor equals its own half turn, as most do. Negating a, b, c,
d and one of x0, y0 mirrors it. Absolute values are what all of these leave alone. The transposition
(x0, a, c) <-> (y0, b, d) changes the picture visibly and is not folded.
"""

import numpy as np

from fractaldream.recipe import PARAM_NAMES
from fractaldream_base.errors import BadInput

from .symmetry import picture_signs

VISIBLE = ("a", "b", "c", "d")  # x0 and y0 hardly show in the images
FOLDS = ("sizes", "picture", "none")


def check_fold(fold: str) -> None:
    """Raise BadInput for a fold that does not exist."""
    if fold not in FOLDS:
        raise BadInput(f"fold {fold!r}: give one of {', '.join(FOLDS)}")


def fold_factors(params: np.ndarray, fold: str) -> np.ndarray:
    """Return the factors that parameters stand for, up to the symmetries of the map.

    Parameters
    ----------
    params
        Parameters, float (N, 6), in the order of `PARAM_NAMES`.
    fold
        ``sizes`` for absolute values; ``picture`` to undo the changes of sign that leave the
        picture as it is (x0 and a become positive); ``none`` for the parameters as they are.

    Returns
    -------
    ndarray
        float64 (N, 6).

    Raises
    ------
    BadInput
        For another fold.
    """
    check_fold(fold)
    params = np.array(params, float)
    if fold == "sizes":
        out: np.ndarray = np.abs(params)
        return out
    if fold == "picture":
        candidates = params[:, None] * picture_signs()
        leading = [PARAM_NAMES.index("x0"), PARAM_NAMES.index("a")]
        upright = (candidates[..., leading] >= 0).all(-1)
        out = candidates[np.arange(len(params)), upright.argmax(1)]
        return out
    return params
