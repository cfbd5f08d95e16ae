"""Batches of one shape, so that what is computed of a row does not depend on other rows.

The kernels of a matrix product or a convolution are chosen by the number of rows, by the number of
threads and by the processor, and they add in different orders: in float32, the last bits of a row
change with the rows that stand beside it. Batches that all have the same number of rows, each
computed by one thread, take the first two away. On one processor and one version of torch, the
numbers of a row then depend on that row alone.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

from .threads import side_by_side

Batches = Iterator[tuple[slice, Tensor]]


def fixed_batches(function: Callable[..., Tensor], *arrays: Tensor | None, rows: int) -> Batches:
    """Compute a function of arrays in batches of exactly `rows` rows.

    As many batches are computed at once as torch has threads, each by one thread.

    Parameters
    ----------
    function
        Takes `rows` rows of each array, in evaluation mode, and returns a tensor (rows, ...). It
        may run in another thread, where gradients are recorded and nothing is cast unless it says
        so itself.
    arrays
        Tensors of N rows each. None is passed on as it is.
    rows
        Rows of a batch. Copies of the last row fill the last batch, and their results are cut off.

    Yields
    ------
    The rows of a batch, as a slice of N, and what the function returned of them.
    """
    n = next(len(array) for array in arrays if array is not None)

    def batch(start: int) -> tuple[slice, Tensor]:
        at = slice(start, min(start + rows, n))
        parts = [None if array is None else _filled(array[at], rows) for array in arrays]
        return at, function(*parts)[: at.stop - start]

    return side_by_side(batch, range(0, n, rows))


def _filled(part: Tensor, rows: int) -> Tensor:
    """Return the part, with copies of its last row up to `rows`."""
    missing = rows - len(part)
    return torch.cat([part, part[-1:].expand(missing, *part.shape[1:])]) if missing else part
