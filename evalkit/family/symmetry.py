"""The eight operations on the square that the Fractal Dream map is symmetric under."""

import numpy as np

Operation = tuple[bool, bool, bool]  # on the square: transposed, mirror_x, mirror_y


def turned(small: np.ndarray, transposed: bool, mirror_x: bool, mirror_y: bool) -> np.ndarray:
    """Images (..., S, S), row 0 on top, after one of the eight operations on the square."""
    if transposed:  # x against y, with y upwards
        small = small[..., ::-1, ::-1].swapaxes(-1, -2)
    if mirror_x:
        small = small[..., :, ::-1]
    if mirror_y:
        small = small[..., ::-1, :]
    return small


OPERATIONS: list[Operation] = [
    (t, x, y) for t in (False, True) for x in (False, True) for y in (False, True)
]
