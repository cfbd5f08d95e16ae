"""Visit counts to levels.

A level is a uint8: 0 where the orbit never came, 1 to 255 from the least to the most visited
pixel. All three tones work on the integer counts: `eq_hist` and `linear` in integers, `log`
with the logarithm of `arithmetic`, so levels are the same bytes on every machine.
"""

import numpy as np

from ..numerics.arithmetic import logarithm
from ..numerics.compiled import njit

EQ_HIST, LOG, LINEAR = range(3)
TONES = {"eq_hist": EQ_HIST, "log": LOG, "linear": LINEAR}


@njit(nogil=True)
def tone_counts(counts, most, tone, histograms, table, levels):
    """Write the levels, uint8, of one image's counts.

    most: the largest count. histograms: uint32 (4, most + 1) or wider, and table: uint8
    (most + 1,) or longer, are overwritten.
    eq_hist: the rank of a count among the visited pixels, as datashader's `eq_hist`, spread
    over 1 to 255. log: log(1 + count - least). linear: count - least.
    """
    for value in range(most + 1):
        table[value] = 0
        for lane in range(4):
            histograms[lane, value] = 0
    # four histograms in turn, since neighbours often have the same count, and an increment
    # has to wait for the one before it of the same bin
    whole4 = counts.size - counts.size % 4
    for k in range(0, whole4, 4):
        for lane in range(4):
            histograms[lane, counts[k + lane]] += 1
    for k in range(whole4, counts.size):
        histograms[0, counts[k]] += 1
    histogram = histograms[0]
    for value in range(most + 1):
        for lane in range(1, 4):
            histogram[value] += histograms[lane, value]
    visited = np.int64(counts.size - histogram[0])
    least = 1
    while least < most and histogram[least] == 0:
        least += 1
    if least < most:
        if tone == EQ_HIST:
            rank = np.int64(0)
            whole = visited - histogram[least]
            for value in range(least + 1, most + 1):
                rank += histogram[value]
                table[value] = 1 + (508 * rank + whole) // (2 * whole)
        elif tone == LOG:
            whole = logarithm(np.float64(1 + most - least))
            for value in range(least + 1, most + 1):
                share = logarithm(np.float64(1 + value - least)) / whole
                table[value] = 1 + np.int64(254.0 * share + 0.5)
        else:
            whole = most - least
            for value in range(least + 1, most + 1):
                table[value] = 1 + (508 * (value - least) + whole) // (2 * whole)
        table[least] = 1
    elif most > 0:
        table[most] = 255
    for k in range(counts.size):
        levels[k] = table[counts[k]]


@njit(nogil=True, cache=True)
def tone_rows(counts, rows, most, tone, histograms, table, levels):
    """Tone these rows of counts (n, area), one after the other; see `tone_counts`."""
    for k in range(len(rows)):
        row = rows[k]
        tone_counts(counts[row], most[k], tone, histograms, table, levels[row])


def tone_images(counts: np.ndarray, rows: np.ndarray, tone: int, levels: np.ndarray) -> None:
    """Write the levels of these rows of counts (n, area) to those of levels (n, area)."""
    if not len(rows):
        return
    most = counts.max(axis=1)[rows].astype(np.int64)
    width = int(most.max()) + 1
    histograms, table = np.empty((4, width), np.uint32), np.empty(width, np.uint8)
    tone_rows(counts, rows, most, tone, histograms, table, levels)
