"""Synthetic images that are of no set, to learn a set against (outlier exposure).

Hendrycks, Mazeika and Dietterich (ICLR 2019) let a detector learn its set against images of
others. Here none is fetched: images are drawn. Noise of a power spectrum 1/f^a and leaves that
fall on each other (Lee, Mumford and Huang, IJCV 2001) have the statistics of photographs; stripes,
checks, rings and slopes those of graphics; and the set's own images with their phases, colours or
places mixed have those of the set and not its content.
"""

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

SIDE = 32  # px, of what is made
LARGE = 96  # px, at which leaves are drawn


def generic_images(n: int, thumbs: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Draw n images of no set, uint8 (n, 32, 32, 3), in equal parts of each kind, in turn.

    thumbs: uint8 (N, 32, 32, 3), the set, some of which are made strange.
    """
    makers: list[Callable[[], np.ndarray]] = [
        lambda: coloured_noise(rng),
        lambda: leaves(rng),
        lambda: pattern(rng),
        lambda: _blended(leaves(rng), (coloured_noise, pattern)[rng.integers(2)](rng), rng),
        lambda: strange(thumbs[rng.integers(len(thumbs))], rng),
    ]
    return np.stack([makers[row % len(makers)]() for row in range(n)])


def _spectral(side: int, exponent: float, planes: int, rng: np.random.Generator) -> np.ndarray:
    """Gaussian fields of amplitude 1/f^exponent, mean 0 and deviation 1: (side, side, planes)."""
    y, x = np.fft.fftfreq(side)[:, None], np.fft.rfftfreq(side)[None]
    amplitude = np.hypot(y, x).clip(1 / side) ** -exponent
    amplitude[0, 0] = 0
    noise = np.fft.rfft2(rng.normal(size=(planes, side, side))) * amplitude
    field = np.moveaxis(np.fft.irfft2(noise, (side, side)), 0, 2)
    return np.asarray(field / field.std((0, 1)).clip(1e-9))


def _tone(rng: np.random.Generator) -> np.ndarray:
    """Draw a colour, as photographs have them: any lightness, mostly faint, float (3,)."""
    light = rng.uniform(10, 245)
    faint = rng.normal(0, rng.choice([6, 20, 60]), 3)
    return np.asarray((light + faint - faint.mean()).clip(0, 255))


def _levels(values: np.ndarray) -> np.ndarray:
    return np.asarray(values).clip(0, 255).astype(np.uint8)


def coloured_noise(rng: np.random.Generator) -> np.ndarray:
    """Noise of a power spectrum, its channels more or less alike."""
    alone, shared = (_spectral(SIDE, rng.uniform(0.5, 2), k, rng) for k in (3, 1))
    part = rng.uniform(0, 1) ** 2
    return _levels(_tone(rng) + rng.uniform(10, 70) * (part * alone + (1 - part) * shared))


def leaves(rng: np.random.Generator) -> np.ndarray:
    """Draw textured shapes, their sizes of a power law, that are lit from a side and overlap."""
    image = Image.new("RGB", (LARGE, LARGE), tuple(map(int, _tone(rng))))
    draw = ImageDraw.Draw(image)
    tones = [_tone(rng) for _ in range(rng.integers(2, 7))]
    least = rng.uniform(2, 20)
    for _ in range(int(rng.integers(10, 120))):
        size = min(least * rng.uniform(0.02, 1) ** -0.5, LARGE)
        x, y = rng.uniform(0, LARGE, 2)
        tone = tones[rng.integers(len(tones))] + rng.normal(0, 20) + rng.normal(0, 5, 3)
        turn = rng.uniform(0, np.pi) + np.sort(rng.uniform(0, 2 * np.pi, rng.integers(3, 9)))
        away = size * rng.uniform(0.5, 1, len(turn))
        corners = np.stack([x + away * np.cos(turn), y + away * np.sin(turn)], 1)
        fill = tuple(map(int, _levels(tone)))
        if rng.random() < 0.5:
            long = size * rng.uniform(0.4, 1)
            draw.ellipse((x - size, y - long, x + size, y + long), fill)
        else:
            draw.polygon([*map(tuple, corners)], fill)
    if rng.random() < 0.7:
        image = image.filter(ImageFilter.GaussianBlur(float(rng.uniform(0.5, 8))))
    values = np.asarray(image.resize((SIDE, SIDE), Image.Resampling.BOX), float)
    values += rng.uniform(0, 25) * _spectral(SIDE, rng.uniform(0.3, 1.5), 1, rng)
    slope = np.add.outer(*(rng.normal(0, 25, 2)[:, None] * np.linspace(-1, 1, SIDE)))
    return _levels(_exposed(values + slope[..., None], rng))


def _exposed(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Contrast and light of a photograph taken well or badly."""
    middle = values.mean()
    return np.asarray((values - middle) * rng.uniform(0.3, 1.3) + middle * rng.uniform(0.4, 1.2))


def pattern(rng: np.random.Generator) -> np.ndarray:
    """Stripes, checks, rings and slopes between two colours."""
    y, x = np.meshgrid(*[np.linspace(-1, 1, SIDE)] * 2, indexing="ij")
    angle, often = rng.uniform(0, np.pi), rng.uniform(0.3, 8)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    phase = rng.uniform(0, 2 * np.pi)
    kind = rng.integers(4)
    if kind == 0:
        wave = np.sin(np.pi * often * u + phase)
    elif kind == 1:
        wave = np.sin(np.pi * often * u + phase) * np.sin(np.pi * often * v)
    elif kind == 2:
        wave = np.sin(np.pi * often * np.hypot(x - rng.uniform(-1, 1), y - rng.uniform(-1, 1)))
    else:
        wave = u
    if rng.random() < 0.5:
        wave = np.tanh(wave * rng.uniform(1, 10))
    part = (wave[..., None] + 1) / 2
    return _levels(part * _tone(rng) + (1 - part) * _tone(rng) + rng.normal(0, 2, (SIDE, SIDE, 3)))


def strange(thumb: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return an image of the set with its phases, its channels or its places mixed, or inverted."""
    kind = rng.integers(4)
    if kind == 0:
        spectrum = np.fft.rfft2(thumb.astype(float), axes=(0, 1))
        turn = np.fft.rfft2(rng.normal(size=(SIDE, SIDE, 1)), axes=(0, 1))
        turn /= np.abs(turn).clip(1e-9)
        turn[0, 0] = 1
        return _levels(np.fft.irfft2(spectrum * turn, (SIDE, SIDE), axes=(0, 1)))
    if kind == 1:
        orders = [(1, 0, 2), (2, 1, 0), (0, 2, 1), (1, 2, 0), (2, 0, 1)]
        return thumb[..., orders[rng.integers(5)]]
    if kind == 2:
        return 255 - thumb
    step = int(rng.choice([4, 8]))
    tiles = thumb.reshape(SIDE // step, step, SIDE // step, step, 3).swapaxes(1, 2)
    tiles = tiles.reshape(-1, step, step, 3)[rng.permutation((SIDE // step) ** 2)]
    tiles = tiles.reshape(SIDE // step, SIDE // step, step, step, 3).swapaxes(1, 2)
    return tiles.reshape(SIDE, SIDE, 3)


def _blended(first: np.ndarray, second: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One over the other: faded, or in a part of it."""
    part = np.full((SIDE, SIDE, 1), rng.uniform(0.3, 0.7))
    if rng.random() < 0.5:
        part = 1 / (1 + np.exp(-5 * _spectral(SIDE, 2, 1, rng)))
    return _levels(part * first + (1 - part) * second)
