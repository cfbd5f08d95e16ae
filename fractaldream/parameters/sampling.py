"""(recipe, i) to the parameters of image i: the sampling laws.

A counter-based generator (Philox4x64-10) is keyed by seed and law and counts (block, attempt,
index), so that any image can be drawn alone. The laws use its integers with the arithmetic of
`arithmetic` only.
"""

import numpy as np

from ..numerics.arithmetic import bits_float, float_bits, logarithm, orbit_sine_cosine, philox
from ..numerics.compiled import njit
from ..recipe import LAWS, Recipe

FDD, UNIFORM, NORMAL, PICKOVER = (
    LAWS.index(law) for law in ("fdd", "uniform", "normal", "pickover")
)
START_SCALE = 1.0 / np.sqrt(3.0)  # standard deviation of U(-1, 1)
MAP_SCALE = np.sqrt(3.0)  # standard deviation of U(-3, 3)


@njit
def unit(word):
    """Return a double in [0, 1) of the upper 53 bits of a uint64."""
    return np.float64(np.int64(word >> np.uint64(11))) * 2.0**-53


@njit
def with_sign(value, word):
    """Return value, negated when the lowest bit of word is set."""
    return bits_float(float_bits(value) ^ (np.int64(word & np.uint64(1)) << 63))


@njit
def normal_pair(word0, word1):
    """Return two independent N(0, 1) (Box and Muller, 1958)."""
    # 1 - unit lies in (0, 1], where the logarithm is finite
    radius = np.sqrt(-2.0 * logarithm(1.0 - unit(word0)))
    sine, cosine = orbit_sine_cosine(2.0 * np.pi * unit(word1))
    return radius * cosine, radius * sine


@njit(nogil=True, cache=True)
def draw_rows(seed, law, indices, attempts, out):
    """Write the parameters of attempts (n,) for images indices (n,) to out (n, 6).

    fdd: x0, y0 uniform in [-1, 1] and of one sign, a to d uniform in [-3, 3] and of one sign.
    uniform: the same ranges, signs independent. normal: N(0, 1) scaled to the standard
    deviations of uniform. pickover: start (0.1, 0.1), a, b in [-3, 3], c, d in [-0.5, 1.5].
    """
    for row in range(indices.size):
        i, t = np.uint64(indices[row]), np.uint64(attempts[row])
        key0, key1, zero = np.uint64(seed), np.uint64(law), np.uint64(0)
        w0, w1, w2, w3 = philox(zero, t, i, zero, key0, key1)
        w4, w5, w6, w7 = philox(np.uint64(1), t, i, zero, key0, key1)
        if law == NORMAL:
            out[row, 0], out[row, 1] = normal_pair(w0, w1)
            out[row, 2], out[row, 3] = normal_pair(w2, w3)
            out[row, 4], out[row, 5] = normal_pair(w4, w5)
            for k in range(6):
                out[row, k] *= START_SCALE if k < 2 else MAP_SCALE
        elif law == PICKOVER:
            out[row, 0] = 0.1
            out[row, 1] = 0.1
            out[row, 2] = 6.0 * unit(w2) - 3.0
            out[row, 3] = 6.0 * unit(w3) - 3.0
            out[row, 4] = 2.0 * unit(w4) - 0.5
            out[row, 5] = 2.0 * unit(w5) - 0.5
        elif law == UNIFORM:
            out[row, 0] = 2.0 * unit(w0) - 1.0
            out[row, 1] = 2.0 * unit(w1) - 1.0
            out[row, 2] = 6.0 * unit(w2) - 3.0
            out[row, 3] = 6.0 * unit(w3) - 3.0
            out[row, 4] = 6.0 * unit(w4) - 3.0
            out[row, 5] = 6.0 * unit(w5) - 3.0
        else:
            out[row, 0] = with_sign(unit(w0), w6)
            out[row, 1] = with_sign(unit(w1), w6)
            out[row, 2] = with_sign(3.0 * unit(w2), w7)
            out[row, 3] = with_sign(3.0 * unit(w3), w7)
            out[row, 4] = with_sign(3.0 * unit(w4), w7)
            out[row, 5] = with_sign(3.0 * unit(w5), w7)


def draw_parameters(recipe: Recipe, indices: np.ndarray, attempts: np.ndarray) -> np.ndarray:
    """Draw the parameters of attempts for images.

    Image i is made of the first of its attempts 0, 1, 2, ... that is not refused.

    Parameters
    ----------
    recipe : Recipe
        Its law and seed are used.
    indices, attempts : ndarray of int (n,)
        Numbers of images in the recipe, and of an attempt for each.

    Returns
    -------
    ndarray of float64 (n, 6)

    Examples
    --------
    >>> import numpy as np
    >>> import fractaldream as fd
    >>> recipe = fd.Recipe(law="uniform", seed=1)
    >>> fd.draw_parameters(recipe, np.array([0, 1]), np.zeros(2)).shape
    (2, 6)
    """
    out = np.empty((len(indices), 6))
    draw_rows(
        np.uint64(recipe.seed),
        LAWS.index(recipe.law),
        np.asarray(indices, np.int64),
        np.asarray(attempts, np.int64),
        out,
    )
    return out


@njit(nogil=True, cache=True)
def split_rows(indices, out):
    """Write the splits of images indices (n,) to out (n,), see `split_of`."""
    tag, zero = np.uint64(0x53504C4954), np.uint64(0)  # "SPLIT"
    for row in range(indices.size):
        word, _, _, _ = philox(np.uint64(indices[row]), zero, zero, zero, tag, zero)
        share = np.int64(word % np.uint64(20))
        out[row] = 0 if share < 18 else share - 17


def split_of(indices: np.ndarray) -> np.ndarray:
    """Return 0, 1 or 2 (training, validation, test), uint8 (n,): 90/5/5 by a hash of the index.

    Examples
    --------
    >>> import numpy as np
    >>> split = split_of(np.arange(10_000))
    >>> np.bincount(split).tolist()
    [9036, 489, 475]
    """
    out = np.empty(len(indices), np.uint8)
    split_rows(np.asarray(indices, np.int64), out)
    return out
