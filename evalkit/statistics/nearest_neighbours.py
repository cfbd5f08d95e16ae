"""Exact nearest neighbours in chunks, on the CPU or a GPU; memory is bounded by the chunks."""

from dataclasses import dataclass

import numpy as np
import torch

from evalkit.errors import BadInput

QUERIES, REFERENCES = 2048, 8192  # rows of a block of distances
SPARE = 4  # candidates beyond k, that the direct distances choose from


@dataclass(frozen=True)
class Nearest:
    """The k nearest references of N queries, nearest first.

    rows: int64 (N, k), of the references. distances: float64 (N, k), root mean square over the
    features.
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
    """The k nearest of references (M, D) for each of queries (N, D). Raises BadInput.

    Blocks of |q|^2 + |r|^2 - 2 qr in float32 choose k + 4 candidates; their distances are then
    taken directly, in float64, so that what cancels in a block (a copy is near nought) does not
    show. Ties go to the lower row.
    """
    from tqdm import tqdm

    if len(references) < k:
        raise BadInput(f"{len(references)} images to search; {k} neighbours need as many")
    if queries.shape[1:] != references.shape[1:]:
        raise BadInput(f"features of {queries.shape[1]} and {references.shape[1]} numbers")
    n, d = queries.shape
    kept = min(k + SPARE, len(references))
    centre = torch.from_numpy(references[:: max(1, len(references) // 4096)].mean(0)).to(device)
    rows = np.empty((n, k), np.int64)
    distances = np.empty((n, k))
    squares: list[torch.Tensor] = []
    starts = range(0, n, QUERIES)
    for start in tqdm(starts, desc="neighbours", disable=not progress, dynamic_ncols=True):
        q = torch.from_numpy(queries[start : start + QUERIES]).to(device) - centre
        best = torch.full((len(q), kept), torch.inf, device=device)
        found = torch.zeros((len(q), kept), dtype=torch.int64, device=device)
        for number, at in enumerate(range(0, len(references), REFERENCES)):
            r = torch.from_numpy(references[at : at + REFERENCES]).to(device) - centre
            if number == len(squares):
                squares.append(r.square().sum(1))
            # |q|^2 does not change the order within a row
            block = torch.addmm(squares[number], q, r.T, alpha=-2)
            value, column = block.topk(min(kept, len(r)), largest=False, sorted=False)
            value, column = torch.cat([best, value], 1), torch.cat([found, column + at], 1)
            best, order = value.topk(kept, largest=False, sorted=False)
            found = column.gather(1, order)
        candidates = found.sort(1).values.cpu().numpy()
        for i, own in enumerate(candidates):
            away = references[own].astype(np.float64) - queries[start + i]
            mean_square = np.einsum("kd,kd->k", away, away) / d
            order_of = mean_square.argsort(kind="stable")[:k]
            rows[start + i] = own[order_of]
            distances[start + i] = np.sqrt(mean_square[order_of])
    return Nearest(rows, distances)
