"""Slow, readable twins of the renderer: plain Python, one rounding at a time."""

import math
from fractions import Fraction

import numpy as np

from fractaldream.numerics import arithmetic as ours


def fma(a: float, b: float, c: float) -> float:
    """a * b + c, rounded once: exact rationals, then the nearest double."""
    return float(Fraction(a) * Fraction(b) + Fraction(c))


def sine(t: float) -> float:
    k = round(fma(t, ours.INV_PI, 0.0))  # to even at ties, as adding 1.5 * 2**52 does
    r = fma(-k, ours.PI_LOW, fma(-k, ours.PI_HIGH, t))
    s = r * r
    p = ours.S17
    for coefficient in (ours.S15, ours.S13, ours.S11, ours.S9, ours.S7, ours.S5, ours.S3):
        p = fma(p, s, coefficient)
    value = fma(s * p, r, r)
    return -value if k % 2 else value


def orbit(params: np.ndarray, n: int) -> list[tuple[float, float]]:
    """The first n points, the start among them."""
    x, y, a, b, c, d = (float(value) for value in params)
    points = []
    for _ in range(n):
        points.append((x, y))
        x, y = fma(c, sine(x * b), sine(y * b)), fma(d, sine(y * a), sine(x * a))
    return points


def counts(params: np.ndarray, n: int, size: int, view: str, skip: int = 0) -> np.ndarray:
    """Visits of every pixel (size, size); row 0 at the top."""
    points = [
        (float(np.float32(x)), float(np.float32(y))) for x, y in orbit(params, skip + n)[skip:]
    ]
    if view == "tight":
        xs, ys = zip(*points, strict=True)
        left, right, bottom, top = min(xs), max(xs), min(ys), max(ys)
    else:
        right = float(np.float32(1 + abs(params[4])))
        top = float(np.float32(1 + abs(params[5])))
        left, bottom = -right, -top
    image = np.zeros((size, size), int)
    for x, y in points:
        if left <= x <= right and bottom <= y <= top:
            column = pixel(x, left, right, size)
            row = pixel(-y, -top, -bottom, size)
            image[row, column] += 1
    return image


def pixel(x: float, low: float, high: float, size: int) -> int:
    scale = size * (1 - 2**-30) / (high - low) if high > low else 0.0
    shift = (0.5 if size % 2 else 0.0) - 0.5 * (low + high) * scale
    return math.floor(fma(x, scale, shift)) + size // 2


def eq_hist(image: np.ndarray) -> np.ndarray:
    """Levels by rank among the visited pixels, halves rounded up."""
    visited = sorted(image[image > 0].tolist())
    levels = np.zeros(image.shape, np.uint8)
    least = visited.count(visited[0])
    for index in np.ndindex(image.shape):
        if image[index]:
            rank = sum(value <= image[index] for value in visited) - least
            whole = len(visited) - least
            level = 1 + math.floor(Fraction(254 * rank, whole) + Fraction(1, 2)) if whole else 255
            levels[index] = level
    return levels
