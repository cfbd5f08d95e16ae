"""Exact nearest neighbours in chunks, on the CPU or a GPU; memory is bounded by the chunks."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from fractaldream_base.errors import BadInput

QUERIES, REFERENCES = 2048, 8192  # rows of a block of distances
SPARE = 4  # candidates beyond k, that the direct distances choose from


@dataclass(frozen=True)
class Nearest:
    """The k nearest references of N queries, nearest first.

    Attributes
    ----------
    rows
        Rows of the references, int64 (N, k).
    distances
        Root mean squares over the features, float64 (N, k).
    """

    rows: np.ndarray
    distances: np.ndarray


@torch.inference_mode()
def nearest(
    queries: np.ndarray,
    references: np.ndarray,
    k: int,
    *,
    device: str = "cpu",
    progress: bool = False,
) -> Nearest:
    """Find the k nearest references of each query.

    Blocks of |q|^2 + |r|^2 - 2 qr in float32 choose k + 4 candidates; their distances are then
    computed directly, in float64, so that what cancels in a block (a copy is near 0) does not
    show. Ties go to the lower row.

    Parameters
    ----------
    queries
        float32 (N, D).
    references
        float32 (M, D), M at least k.
    k
        Number of neighbours.
    device
        Where the blocks are computed: cpu, cuda or mps.
    progress
        Show progress on stderr.

    Raises
    ------
    BadInput
        If there are fewer references than k, or the features differ in number.

    Notes
    -----
    The distance of a pair depends on nothing but the pair. Which pairs are compared depends on the
    other rows, the threads and the processor only where more than 4 references beyond the k-th
    are nearer to it than float32 tells apart (about 1e-7 of the squared norms).

    Examples
    --------
    >>> import numpy as np
    >>> references = np.eye(3, dtype=np.float32)
    >>> nearest(references[[2]], references, k=1)
    Nearest(rows=array([[2]]), distances=array([[0.]]))
    """
    if len(references) < k:
        raise BadInput(f"{len(references)} images to search; {k} neighbours need as many")
    if queries.shape[1:] != references.shape[1:]:
        raise BadInput(f"features of {queries.shape[1]} and {references.shape[1]} numbers")
    n, d = queries.shape
    rows = np.empty((n, k), np.int64)
    distances = np.empty((n, k))
    candidates = _candidates(queries, references, k, device, progress)
    for i, near in enumerate(itertools.chain.from_iterable(candidates)):
        away = references[near].astype(np.float64) - queries[i]
        mean_square = np.einsum("kd,kd->k", away, away) / d
        nearest_first = mean_square.argsort(kind="stable")[:k]
        rows[i] = near[nearest_first]
        distances[i] = np.sqrt(mean_square[nearest_first])
    return Nearest(rows, distances)


def _candidates(
    queries: np.ndarray, references: np.ndarray, k: int, device: str, progress: bool
) -> Iterator[np.ndarray]:
    """Yield, of each block of queries, the rows of k + SPARE candidates, in their order."""
    from fractaldream_base.progress import Bar

    n = len(queries)
    most = min(k + SPARE, len(references))
    centre = torch.from_numpy(references[:: max(1, len(references) // 4096)].mean(0)).to(device)
    squares: list[torch.Tensor] = []
    starts = range(0, n, QUERIES)
    for start in Bar(starts, desc="neighbours", disable=not progress):
        q = torch.from_numpy(queries[start : start + QUERIES]).to(device) - centre
        best = torch.full((len(q), most), torch.inf, device=device)
        place = torch.zeros((len(q), most), dtype=torch.int64, device=device)
        for number, at in enumerate(range(0, len(references), REFERENCES)):
            r = torch.from_numpy(references[at : at + REFERENCES]).to(device) - centre
            if number == len(squares):
                squares.append(r.square().sum(1))
            # |q|^2 does not change the order within a row
            block = torch.addmm(squares[number], q, r.T, alpha=-2)
            value, column = block.topk(min(most, len(r)), largest=False, sorted=False)
            value, column = torch.cat([best, value], 1), torch.cat([place, column + at], 1)
            best, order = value.topk(most, largest=False, sorted=False)
            place = column.gather(1, order)
        yield place.sort(1).values.cpu().numpy()
