"""Measures of one image alone: light, sharpness, compression, bars, text, weight."""

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image
from scipy import ndimage

SIDE = 192  # px; measures are taken on no more than this
WEIGHED = 64  # px; weight is that of a JPEG of this size and quality 75
BAR = 6  # levels by which the pixels of a bar may differ
LINE = (5, 60)  # px; heights of a line of text


@dataclass(frozen=True)
class Measures:
    """Levels are 0 to 255 of the grey image; shares are 0 to 1."""

    dark: float  # level that 95% of the pixels stay below
    bright: float  # level that 95% of the pixels stay above
    spread: float  # largest deviation of a channel
    plain: float  # share of the pixels within 8 levels of the median colour
    sharpness: float  # deviation of the Laplacian over that of the grey levels
    weight: float  # bytes a pixel of a JPEG of one size and quality
    quality: float  # JPEG quality that the file's own tables say, 100 for other formats
    blocks: float  # steps across the 8x8 grid over steps elsewhere
    bars: tuple[float, float, float, float]  # top, bottom, left, right: share of the side
    text: float  # share of the area under lines of text


def measure(image: Image.Image, file: Image.Image) -> Measures:
    """Measure an upright RGB image; file is the same before conversion (for its JPEG tables)."""
    small = image
    if max(image.size) > SIDE:
        small = image.copy()
        small.thumbnail((SIDE, SIDE), Image.Resampling.BOX)
    light = small.convert("L")
    colour, grey = np.asarray(small), np.asarray(light)
    channels = np.array(small.histogram()).reshape(3, 256)
    levels = np.array(light.histogram())
    return Measures(
        dark=_percentile(levels, 95),
        bright=_percentile(levels, 5),
        spread=max(map(_deviation, channels)),
        plain=_plain(colour, channels),
        sharpness=float(_laplacian(grey).std()) / max(_deviation(levels), 1.0),
        weight=_weight(image),
        quality=_quality(file),
        blocks=_blocks(light if small is image else image.convert("L")),
        bars=bars(colour),
        text=text_share(grey),
    )


def _percentile(counts: np.ndarray, share: float) -> float:
    """Return a percentile of levels, of which counts, int (256,), says how often each is there."""
    upto = np.cumsum(counts)
    at = share / 100 * (upto[-1] - 1)
    low = int(at)
    first, second = np.searchsorted(upto, [low, min(low + 1, upto[-1] - 1)], side="right")
    return float(first + (second - first) * (at - low))


def _deviation(counts: np.ndarray) -> float:
    """Return the standard deviation of levels, of which counts, int (256,), says how often."""
    levels = np.arange(256)
    total = counts.sum()
    return float(np.sqrt(total * (counts @ levels**2) - (counts @ levels) ** 2) / total)


def _plain(colour: np.ndarray, channels: np.ndarray) -> float:
    """Return the share of pixels, uint8 (H, W, 3), that are near the median of each channel."""
    near = np.ones(colour.shape[:2], bool)
    for plane, counts in zip(np.moveaxis(colour, 2, 0), channels, strict=True):
        median = _percentile(counts, 50)
        lookup = np.abs(np.arange(256) - median) <= 8
        near &= lookup[plane]
    return float(near.mean())


def _laplacian(grey: np.ndarray) -> np.ndarray:
    """Return the sum of the four neighbours less four times the pixel, int16 (H, W)."""
    wide = np.pad(grey.astype(np.int16), 1, "edge")
    out: np.ndarray = wide[:-2, 1:-1] + wide[2:, 1:-1] + wide[1:-1, :-2] + wide[1:-1, 2:]
    out -= 4 * wide[1:-1, 1:-1]
    return out


def _weight(image: Image.Image) -> float:
    buffer = io.BytesIO()
    image.resize((WEIGHED, WEIGHED), Image.Resampling.BOX).save(buffer, "JPEG", quality=75)
    return buffer.tell() / WEIGHED**2


def _quality(file: Image.Image) -> float:
    """From the mean of the luminance table against the one of Annex K of the JPEG standard."""
    tables = getattr(file, "quantization", None)
    if not tables:
        return 100.0
    scale = float(np.mean(tables[min(tables)])) / 57.625 * 100  # the mean at quality 50
    return float(np.clip(5000 / scale if scale > 100 else (200 - scale) / 2, 1, 100))


def _blocks(light: Image.Image) -> float:
    """Above 1 where the 8x8 grid of a JPEG shows, at the size that the file has (mode L)."""
    grey = np.asarray(light).astype(np.int16)
    ratios = []
    for axis in (1, 0):
        differences = np.abs(np.diff(grey, axis=axis))
        steps = differences.sum(1 - axis, dtype=np.int64) / grey.shape[1 - axis]
        if len(steps) < 24:
            return 1.0
        on_grid = np.zeros(len(steps), bool)
        on_grid[7::8] = True
        ratios.append(steps[on_grid].mean() / max(steps[~on_grid].mean(), 0.5))
    return float(min(ratios))


def bars(colour: np.ndarray) -> tuple[float, float, float, float]:
    """Share of the side that a plain bar covers at the top, bottom, left and right.

    A bar is rows of one colour, ended by a step; sky that fades into a scene is none.
    colour: uint8 (H, W, 3).
    """

    def depth(rows: np.ndarray) -> float:
        first = rows[0].mean(0)
        end = 0
        for row in rows:  # most images have no bar, and end at once
            near = np.abs(row - first) <= BAR
            if (near[:, 0] & near[:, 1] & near[:, 2]).mean() < 0.98:
                break
            end += 1
        if end == len(rows):
            return 1.0
        if end == 0 or (np.abs(row - first).max(1) > 24).mean() <= 0.5:
            return 0.0
        return end / len(rows)

    across = colour.transpose(1, 0, 2)
    return depth(colour), depth(colour[::-1]), depth(across), depth(across[::-1])


def _around(grey: np.ndarray, extreme: np.ufunc) -> np.ndarray:
    """Return the extreme of the 5 x 5 pixels around each pixel, borders mirrored: uint8 (H, W).

    The same as scipy's `grey_dilation` and `grey_erosion`, in fewer and vectorised operations.
    """
    for _ in range(2):  # along the columns, then along the rows
        wide = np.concatenate([grey[1::-1], grey, grey[:-3:-1]])
        two = extreme(wide[:-1], wide[1:])
        four = extreme(two[:-2], two[2:])
        grey = np.ascontiguousarray(extreme(four[:-1], wide[4:]).T)
    return grey


def text_share(grey: np.ndarray) -> float:
    """Share of the area under lines of text: rows of narrow strokes of one contrast.

    Strokes are what a closing or an opening as wide as a stroke removes; a line is strokes that
    join when closed sideways, wider than four times its height, and crossed by many edges.
    Needs letters of some 8 px; on frames of 28 px it finds nothing. grey: uint8 (H, W).
    """
    if min(grey.shape) < 48:
        return 0.0
    best = 0.0
    closed = _around(_around(grey, np.maximum), np.minimum)
    opened = _around(_around(grey, np.minimum), np.maximum)
    for strokes in (closed - grey, grey - opened):
        marks = strokes > 60
        if marks.mean() < 0.005:
            continue
        joined = ndimage.binary_closing(np.pad(marks, 8), np.ones((1, 13)))[8:-8, 8:-8]
        labels, _ = ndimage.label(joined)
        area = 0
        for rows, columns in ndimage.find_objects(labels):
            height, width = rows.stop - rows.start, columns.stop - columns.start
            if not LINE[0] <= height <= LINE[1] or width < max(4 * height, 24):
                continue
            edges = np.diff(marks[rows, columns].astype(np.int8), axis=1) != 0
            crossings = np.median(edges[height // 4 : -(height // 4) or None].sum(1))
            ink = marks[rows, columns].mean()
            if crossings >= 0.6 * width / height and crossings >= 8 and 0.1 < ink < 0.75:
                area += height * width
        best = max(best, area / grey.size)
    return best
