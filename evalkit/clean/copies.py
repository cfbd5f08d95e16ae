"""Groups of images that are equal to the pixel or nearly, and the one to keep of each group."""

from collections.abc import Sequence

import numpy as np

from . import duplicates
from .findings import Finding
from .scan import Reading, thumbs_of


def first_copies(readings: Sequence[Reading]) -> np.ndarray:
    """Return the index of the reading to keep among those of the same key, for each: int (N,).

    The first by name of those without a fault, else the first by name.
    """
    first: dict[str, int] = {}
    for sound in (True, False):
        for row, reading in enumerate(readings):
            if sound != bool(reading.faults):
                first.setdefault(reading.key, row)
    return np.array([first[r.key] for r in readings], int)


def copy_finding(readings: Sequence[Reading], row: int, first: int) -> Finding:
    """Return the finding of an image whose pixels are those of an earlier one."""
    return Finding(row, "duplicate", 1.0, f"same pixels as {readings[first].path}")


def near_duplicates(
    readings: Sequence[Reading],
    rows: np.ndarray,
    suspicion: np.ndarray,
    faulty: set[int],
    workers: int,
) -> tuple[np.ndarray, np.ndarray, list[Finding]]:
    """Return the group of each image, whether it is the best of it, and findings for the others.

    rows: int (R,), the images that are compared; suspicion: float64 (N,); faulty: images that have
    a finding already, and are kept of no group that has others.
    """
    n = len(readings)
    groups, best = np.full(n, -1), np.ones(n, bool)
    if len(rows) < 2:
        return groups, best, []
    pairs = duplicates.near_pairs(thumbs_of(readings, rows), workers)
    label = duplicates.grouped(len(rows), pairs)
    groups[rows] = label
    closest: dict[int, duplicates.Pair] = {}
    for pair in pairs:
        for end in (pair.first, pair.second):
            if end not in closest or pair.correlation > closest[end].correlation:
                closest[end] = pair

    def merit(row: int) -> tuple[bool, int, float, float, int]:
        r = readings[row]
        quality = r.measures.quality if r.measures else 0.0
        return row not in faulty, r.width * r.height, quality, -suspicion[row], -row

    repeated = []
    for members in _members(label):
        keep = max((int(rows[i]) for i in members), key=merit)
        for i in members:
            row = int(rows[i])
            if row != keep:
                best[row] = False
                alike = closest[i].correlation
                turned = ", mirrored" if closest[i].flipped else ""
                reason = f"nearly the same as {readings[keep].path}, the best of {len(members)}"
                words = f"{reason} (correlation {alike:.2f}{turned})"
                repeated.append(Finding(row, "near-duplicate", min(alike, 1.0), words))
    return groups, best, repeated


def _members(label: np.ndarray) -> list[np.ndarray]:
    order = np.argsort(label, kind="stable")
    cuts = np.nonzero(np.diff(label[order]))[0] + 1
    return [part for part in np.split(order, cuts) if len(part) and label[part[0]] >= 0]
