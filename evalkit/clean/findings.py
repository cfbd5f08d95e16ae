"""Findings in words: what the measures, the groups and the outliers say about each image."""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .scan import Reading
from .summary import FindingCount

ORDER = (  # as the page groups them
    "unreadable",
    "truncated",
    "mislabelled",
    "link",
    "blank",
    "off-topic",
    "bad-crop",
    "text",
    "bars",
    "dark",
    "bright",
    "blurred",
    "compressed",
    "heavy",
    "odd-size",
    "odd-mode",
    "duplicate",
    "near-duplicate",
)
FEWEST = 40  # images below which a set says nothing about what is usual in it
BLANK = 0.985  # share of plain pixels
BLANK_SPREAD = 4.0  # levels
DARK = 60.0  # level
BRIGHT = 200.0  # level
QUALITY = 30.0  # of a JPEG
BLOCKS = 1.6
BARS = 0.04  # share of the side, on both sides
TEXT = 0.03  # share of the area
LISTED = 0.05  # share of a set that is called off topic, or a bad crop, at most
FAR = 3.5  # robust deviations from the median of the set (Iglewicz & Hoaglin 1993)


@dataclass(frozen=True)
class Finding:
    """Something that looks wrong with one image."""

    image: int  # index of the reading
    finding: str  # one of ORDER
    score: float  # 0 to 1, higher is worse; of near duplicates their correlation
    reason: str  # in words


def deviations(values: np.ndarray, n: int | None = None) -> np.ndarray:
    """Distance from the median in units of a normal deviation, by the median deviation.

    n: as of `tail`.
    """
    centre = np.median(values[:n])
    scale = 1.4826 * np.median(np.abs(values[:n] - centre))
    return np.asarray((values - centre) / max(float(scale), 1e-9))


def faults(readings: Sequence[Reading]) -> Iterator[Finding]:
    """Yield what reading the files found."""
    for row, reading in enumerate(readings):
        for fault in reading.faults:
            certain = 1.0 if fault.finding in ("unreadable", "truncated", "link") else 0.5
            yield Finding(row, fault.finding, certain, fault.reason)


def odd_shapes(readings: Sequence[Reading], rows: np.ndarray) -> Iterator[Finding]:
    """Sizes, aspects and modes that few share.

    Where half of the images or more have one size, every other size is odd; else what is far from
    the median in area or aspect is. rows: indices of decoded readings.
    """
    if not len(rows):
        return
    sizes = [(readings[i].width, readings[i].height) for i in rows]
    modes = [readings[i].mode for i in rows]
    (usual, shared), (mode, _) = Counter(sizes).most_common(1)[0], Counter(modes).most_common(1)[0]
    array = np.array(sizes, float)
    area = deviations(np.log(array.prod(1)))
    aspect = deviations(np.log(array[:, 0] / array[:, 1]))
    for row, size, image_mode, far in zip(
        rows, sizes, modes, np.maximum(abs(area), abs(aspect)), strict=True
    ):
        words = f"{size[0]}x{size[1]}"
        if min(size) < 16:
            yield Finding(int(row), "odd-size", 0.6, f"{words}, tiny")
        elif 2 * shared >= len(rows) and size != usual:
            same = abs(size[0] / size[1] - usual[0] / usual[1]) < 0.02
            quantity = "size" if same else "size and aspect"
            reason = f"{words}, {quantity} unlike {usual[0]}x{usual[1]} of {shared} images"
            yield Finding(int(row), "odd-size", 0.3 if same else 0.5, reason)
        elif 2 * shared < len(rows) and far > FAR:
            yield Finding(int(row), "odd-size", 0.4, f"{words}, far from the usual size or aspect")
        if image_mode != mode:
            yield Finding(int(row), "odd-mode", 0.4, f"{image_mode} where most are {mode}")


def light_and_detail(readings: Sequence[Reading], rows: np.ndarray) -> Iterator[Finding]:
    """Blank, dark, bright, blurred, over-compressed, barred, with text, unusually heavy."""
    all_measures = [m for i in rows if (m := readings[i].measures) is not None]
    if not all_measures:
        return
    sharpness = deviations(np.log(np.array([m.sharpness for m in all_measures]) + 1e-3))
    weight = deviations(np.array([m.weight for m in all_measures]))
    enough = len(rows) >= FEWEST  # below, a set has no usual sharpness or weight
    for row, m, sharp, heavy in zip(map(int, rows), all_measures, sharpness, weight, strict=True):
        if m.plain >= BLANK or m.spread < BLANK_SPREAD:
            yield Finding(row, "blank", 1.0, f"{m.plain:.0%} of the image is one colour")
            continue
        if m.dark < DARK:
            yield Finding(row, "dark", 1 - m.dark / 255, f"95% is below level {m.dark:.0f} of 255")
        if m.bright > BRIGHT:
            reason = f"95% is above level {m.bright:.0f} of 255"
            yield Finding(row, "bright", m.bright / 255, reason)
        if enough and sharp < -FAR:
            reason = f"less sharp than the set by {-sharp:.1f} deviations"
            yield Finding(row, "blurred", _score(-sharp), reason)
        if m.quality < QUALITY or m.blocks > BLOCKS:
            why = f"JPEG quality {m.quality:.0f}" if m.quality < QUALITY else "8x8 blocks show"
            yield Finding(row, "compressed", max(1 - m.quality / 100, 0.5), why)
        top, bottom, left, right = m.bars
        if min(top, bottom) >= BARS or min(left, right) >= BARS:
            sides = [("top and bottom", top + bottom, min(top, bottom))]
            sides.append(("left and right", left + right, min(left, right)))
            words = [f"{name} {both:.0%}" for name, both, least in sides if least >= BARS]
            covered = min(1.0, top + bottom + left + right)
            yield Finding(row, "bars", covered, "plain bars: " + ", ".join(words) + " of the side")
        if m.text >= TEXT:
            reason = f"lines of text over {m.text:.0%} of the area"
            yield Finding(row, "text", min(1.0, 0.5 + m.text), reason)
        if enough and heavy > FAR:
            reason = f"{m.weight:.2f} bytes a pixel as JPEG, {heavy:.1f} deviations above the set"
            yield Finding(row, "heavy", _score(heavy), reason)


def _score(deviation: float) -> float:
    return float(1 - FAR / (2 * max(deviation, FAR)))  # 0.5 where it begins


def tail(values: np.ndarray, n: int | None = None) -> np.ndarray:
    """Share of the set that is as far out or further, (N,), above 0 and up to 1.

    n: the set is the first n values, and the others are measured against it.
    """
    order = np.sort(values[:n])
    above = len(order) - np.searchsorted(order, values, "left")
    return np.asarray(np.maximum(above, 1) / max(len(order), 1))


def looked_at(suspicion: np.ndarray, budget: float) -> np.ndarray:
    """Return the rows of the images that a budget shows, most suspect first."""
    return np.argsort(-suspicion, kind="stable")[: round(budget * len(suspicion))]


def counted(
    kinds: Sequence[Sequence[str]], suspicion: np.ndarray, budget: float
) -> dict[str, FindingCount]:
    """Count the images that have each finding, and those of them within the budget.

    kinds: the findings of each image, by name.
    """
    every = Counter(kind for names in kinds for kind in names)
    within = Counter(kind for row in looked_at(suspicion, budget) for kind in kinds[row])
    return {kind: FindingCount(every[kind], within[kind]) for kind in ORDER if every[kind]}


def outlying(
    rows: np.ndarray, values: np.ndarray, finding: str, share: float, reason: str
) -> Iterator[Finding]:
    """Yield a finding for the share of images furthest out; {tail} is filled in `reason`."""
    shares = tail(values)
    for row, tail_share in zip(rows, shares, strict=True):
        if tail_share <= share and len(rows) >= FEWEST:
            yield Finding(
                int(row), finding, float(1 - tail_share), reason.format(tail=f"{tail_share:.1%}")
            )
