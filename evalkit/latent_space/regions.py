"""Positions of the names of classes on a plane that a classifier has named cell by cell."""

import numpy as np

LEAST_CELLS = 12  # of a region that bears its name


def name_places(
    labels: np.ndarray, low: float, high: float, least: int = LEAST_CELLS
) -> list[tuple[float, float, int]]:
    """Return where the names of connected regions are written: x, y, class.

    That is the cell deepest inside each region of labels (n, n), row 0 on top; regions of fewer
    cells than `least` have no name.
    """
    from scipy.ndimage import distance_transform_cdt, label

    steps = np.linspace(low, high, len(labels))
    places = []
    for kind in np.unique(labels):
        components, count = label(labels == kind)
        for k in range(1, count + 1):
            inside = components == k
            if inside.sum() < least:
                continue
            depth = distance_transform_cdt(np.pad(inside, 1), metric="taxicab")[1:-1, 1:-1]
            row, column = np.unravel_index(depth.argmax(), depth.shape)
            places.append((float(steps[column]), float(steps[::-1][row]), int(kind)))
    return places
