"""Precision, recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020).

The manifold of a set is the union of closed balls about its images, each as far as its k-th
nearest other image of the set. Libraries differ in k (3 or 5) and in whether a distance equal to
the radius is within; here it is.
"""

from dataclasses import dataclass

import numpy as np
import torch

from evalkit.errors import BadInput

BLOCK = 1024
TIES = "a distance equal to the radius is within (<=)"


@dataclass(frozen=True)
class Prdc:
    """The four figures. precision: share of the generated within the balls of the real; recall:
    the reverse; density: balls of the real about a generated image, over k; coverage: share of
    the real whose ball holds a generated image.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(*, real: np.ndarray, generated: np.ndarray, k: int, device: str = "cpu") -> Prdc:
    """The figures of features real (N, D) and generated (M, D). Raises BadInput.

    Squared distances in float64, of centred features.
    """
    if k < 1 or len(real) <= k or len(generated) <= k:
        raise BadInput(
            f"{len(real)} real and {len(generated)} generated images; k = {k} needs more of each"
        )
    centre = real.mean(0, dtype=np.float64)
    r, g = (torch.from_numpy(x.astype(np.float64) - centre).to(device) for x in (real, generated))
    of_real, of_generated = radii(r, k), radii(g, k)
    within = np.zeros(len(g))
    recalled, covered = [], []
    for start in range(0, len(r), BLOCK):
        part = slice(start, start + BLOCK)
        square = squares(r[part], g)
        inside = square <= of_real[part, None]
        within += inside.sum(0).cpu().numpy()
        covered.append(inside.any(1).cpu().numpy())
        recalled.append((square <= of_generated).any(1).cpu().numpy())
    return Prdc(
        precision=float((within > 0).mean()),
        recall=float(np.concatenate(recalled).mean()),
        density=float(within.mean() / k),
        coverage=float(np.concatenate(covered).mean()),
    )


def squares(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Squared distances (N, M)."""
    return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T).clamp_min(0)


def radii(x: torch.Tensor, k: int) -> torch.Tensor:
    """Squared distance of each row to its k-th nearest other row, (N,)."""
    parts = []
    for start in range(0, len(x), BLOCK):
        square = squares(x[start : start + BLOCK], x)
        own = torch.arange(len(square), device=x.device)
        square[own, own + start] = torch.inf
        parts.append(square.kthvalue(k, 1).values)
    return torch.cat(parts)
