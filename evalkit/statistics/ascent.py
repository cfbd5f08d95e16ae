"""Ascent on the orthogonal group: the rotation of latents that scores best."""

import math

import numpy as np

from fractaldream.numerics.compiled import njit

PRODUCTS = 28  # of six coordinates: 21 of degree 2, 6 of degree 1, and 1
MOMENTUM, STEADINESS = 0.9, 0.999  # of Adam


def ascend(
    forms: np.ndarray,
    z: np.ndarray,
    turns: np.ndarray,
    *,
    floor: float,
    steps: int,
    rate: float,
) -> tuple[np.ndarray, np.ndarray]:
    """Climb the mean score on O(6) from several starts, by Adam (Kingma and Ba 2015).

    Moments are kept in the Lie algebra; steps of about `rate` radians in each plane, falling with
    the cosine, are Cayley transforms.

    Parameters
    ----------
    forms
        float32 (N, 28, K), as `slopes` takes them.
    z
        Latents, float32 (N, 6).
    turns
        Starts, float32 (S, 6, 6).
    floor
        Share of the prior in a score.
    steps
        Number of steps.
    rate
        Size of the first steps in radians.

    Returns
    -------
    The matrices that were reached (S, 6, 6), and the mean scores there (S,); -inf where a score is
    not a number.
    """
    identity = np.eye(z.shape[1], dtype=np.float32)
    first = np.zeros_like(turns)
    second = np.zeros_like(turns)
    for step in range(steps):
        gradient = slopes(forms, z, turns, floor)[1]
        skew = turns.swapaxes(1, 2) @ gradient
        skew = skew - skew.swapaxes(1, 2)
        first += (1 - MOMENTUM) * (skew - first)
        second += (1 - STEADINESS) * (skew**2 - second)
        mean, square = first / (1 - MOMENTUM ** (step + 1)), second / (1 - STEADINESS ** (step + 1))
        angle = rate * (0.05 + 0.475 * (1 + math.cos(math.pi * step / steps)))
        half = (0.5 * angle) * mean / (np.sqrt(square) + 1e-8)
        turns = turns @ np.linalg.solve(identity - half, identity + half)
    return turns, np.nan_to_num(slopes(forms, z, turns, floor)[0], nan=-np.inf)


@njit(nogil=True, cache=True, fastmath={"reassoc", "contract", "nsz"})
def slopes(
    forms: np.ndarray, z: np.ndarray, turns: np.ndarray, floor: float
) -> tuple[np.ndarray, np.ndarray]:
    """Compute mean scores and their derivatives for several matrices Q.

    The score is the mean over pairs of log(floor + sum_k exp(form_k . products of zQ)). forms are
    coefficients on the products v_a v_b (a <= b), v_a and 1 of v = zQ, (N, 28, K); z: (N, 6);
    turns: Q, (S, 6, 6); all float32. Returns scores float64 (S,), derivatives float32 (S, 6, 6).
    """
    pairs, _, components = forms.shape
    size = z.shape[1]
    values = np.zeros(len(turns))
    derivatives = np.zeros(turns.shape, np.float32)
    v, slope = np.empty(size, np.float32), np.empty(size, np.float32)
    products, back = np.empty(PRODUCTS, np.float32), np.empty(PRODUCTS, np.float32)
    parts = np.empty(components, np.float32)
    for s in range(len(turns)):
        for i in range(pairs):
            for b in range(size):
                v[b] = 0
                for a in range(size):
                    v[b] += z[i, a] * turns[s, a, b]
            place = 0
            for a in range(size):
                for b in range(a, size):
                    products[place] = v[a] * v[b]
                    place += 1
            products[place : place + size] = v
            products[PRODUCTS - 1] = 1
            parts[:] = 0
            for j in range(PRODUCTS):
                for k in range(components):
                    parts[k] += forms[i, j, k] * products[j]
            ratio = np.float32(floor)
            for k in range(components):
                parts[k] = math.exp(parts[k])
                ratio += parts[k]
            values[s] += math.log(ratio)
            for j in range(PRODUCTS):
                total = np.float32(0)
                for k in range(components):
                    total += forms[i, j, k] * parts[k]
                back[j] = total / ratio
            slope[:] = back[place : place + size]
            place = 0
            for a in range(size):
                for b in range(a, size):
                    slope[a] += back[place] * v[b]
                    slope[b] += back[place] * v[a]
                    place += 1
            for a in range(size):
                for b in range(size):
                    derivatives[s, a, b] += z[i, a] * slope[b] / np.float32(pairs)
        values[s] /= pairs
    return values, derivatives
