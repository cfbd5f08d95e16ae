"""Parameters of matched pairs: images 2i and 2i + 1 share some of the six."""

import dataclasses

import numpy as np

from fractaldream_base.errors import BadInput

from ..recipe import PARAM_NAMES, Recipe
from .sampling import draw_parameters

_REACH = np.array([1.0, 1, 3, 3, 3, 3])  # of the law uniform


def matched_params(recipe: Recipe, shared: int) -> np.ndarray:
    """Draw parameters in pairs that share some of them, for weakly supervised learning.

    Rows 2i and 2i + 1 agree in `shared` of the six parameters, which are drawn for each pair; the
    others are independent. Each row by itself follows the law of the recipe. Locatello et al.
    (2020), Weakly-supervised disentanglement without compromises, learn from such pairs.

    Parameters
    ----------
    recipe : Recipe
        Its law, seed and number of images, which must be even, are used. It must refuse nothing,
        since a refusal would replace the parameters of one image alone.
    shared : int
        Number of parameters that the images of a pair share, 1 to 5.

    Returns
    -------
    ndarray of float64 (n, 6)
        Parameters of the images; those of a pair stand one after the other.

    Raises
    ------
    BadInput
        If the number is not 1 to 5, or the recipe is none of pairs.

    Examples
    --------
    >>> import fractaldream as fd
    >>> recipe = fd.Recipe(n=4, law="normal", refusals=False)
    >>> rows = fd.matched_params(recipe, 2)
    >>> (rows[::2] == rows[1::2]).sum(1).tolist()
    [2, 2]
    """
    if not 1 <= shared < len(PARAM_NAMES):
        raise BadInput(f"shared {shared}: give a number from 1 to {len(PARAM_NAMES) - 1}")
    if recipe.law not in ("uniform", "normal"):
        raise BadInput(f"shared {shared}: law {recipe.law} ties parameters; give uniform or normal")
    if recipe.refusals:
        raise BadInput(f"shared {shared}: a refusal would part a pair; add --no-refusals")
    if recipe.n % 2:
        raise BadInput(f"shared {shared}: {recipe.n} images are no pairs; give an even number")
    rows = draw_parameters(recipe, np.arange(recipe.n), np.zeros(recipe.n))
    second = np.arange(1, recipe.n, 2)
    # six numbers that no image is rendered from, in the order of which parameters are chosen
    uniform = dataclasses.replace(recipe, law="uniform")
    chance = draw_parameters(uniform, second, np.ones(len(second))) / _REACH
    chosen = np.argsort(chance, axis=1, kind="stable")[:, :shared]
    pairs = second[:, None]
    rows[pairs, chosen] = rows[pairs - 1, chosen]
    return rows
