"""What can be measured on one image alone: light, sharpness, compression, bars, text, weight."""

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
    colour = np.asarray(small, np.float32)
    grey = np.asarray(small.convert("L"), np.float32)
    spread = float(colour.std((0, 1)).max())
    median = np.median(colour.reshape(-1, 3), axis=0)
    near = np.abs(colour - median) <= 8
    laplacian = ndimage.laplace(grey, mode="nearest")
    return Measures(
        dark=float(np.percentile(grey, 95)),
        bright=float(np.percentile(grey, 5)),
        spread=spread,
        plain=float((near[..., 0] & near[..., 1] & near[..., 2]).mean()),
        sharpness=float(laplacian.std() / max(grey.std(), 1.0)),
        weight=_weight(image),
        quality=_quality(file),
        blocks=_blocks(image),
        bars=bars(colour),
        text=text_share(grey),
    )


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


def _blocks(image: Image.Image) -> float:
    """Above 1 where the 8x8 grid of a JPEG shows, at the size that the file has."""
    grey = np.asarray(image.convert("L"), np.float32)
    ratios = []
    for plane in (grey, grey.T):
        steps = np.abs(np.diff(plane, axis=1)).mean(0)
        if len(steps) < 24:
            return 1.0
        on_grid = np.zeros(len(steps), bool)
        on_grid[7::8] = True
        ratios.append(steps[on_grid].mean() / max(steps[~on_grid].mean(), 0.5))
    return float(min(ratios))


def bars(colour: np.ndarray) -> tuple[float, float, float, float]:
    """Share of the side that a plain bar covers at the top, bottom, left and right.

    A bar is rows of one colour, ended by a step; sky that fades into a scene is none.
    colour: float32 (H, W, 3).
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


def text_share(grey: np.ndarray) -> float:
    """Share of the area under lines of text: rows of narrow strokes of one contrast.

    Strokes are what a closing or an opening as wide as a stroke removes; a line is strokes that
    join when closed sideways, wider than four times its height, and crossed by many edges.
    Needs letters of some 8 px; on frames of 28 px it finds nothing.
    """
    if min(grey.shape) < 48:
        return 0.0
    best = 0.0
    for strokes in (ndimage.black_tophat(grey, (5, 5)), ndimage.white_tophat(grey, (5, 5))):
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
