"""Precision, recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020).

The manifold of a set is the union of closed balls about its images, each as far as its k-th
nearest other image of the set. Libraries differ in k (3 or 5) and in whether a distance equal to
the radius is within; here it is.
"""

from dataclasses import dataclass

import numpy as np
import torch

from fractaldream_base.errors import BadInput

BLOCK = 1024
TIES = "a distance equal to the radius is within (<=)"


@dataclass(frozen=True)
class Prdc:
    """Precision, recall, density and coverage of generated images.

    Attributes
    ----------
    precision
        Share of the generated images within the balls of the real ones.
    recall
        Share of the real images within the balls of the generated ones.
    density
        Mean number of balls of real images that hold a generated image, over k.
    coverage
        Share of the real images whose ball holds a generated image.
    """

    precision: float
    recall: float
    density: float
    coverage: float


def prdc(*, real: np.ndarray, generated: np.ndarray, k: int, device: str = "cpu") -> Prdc:
    """Compute precision, recall, density and coverage.

    Squared distances are taken in float64, of centred features.

    Parameters
    ----------
    real, generated
        Features, (N, D) and (M, D).
    k
        Which nearest image of its own set the ball about an image reaches to.
    device
        Where distances are computed.

    Raises
    ------
    BadInput
        If either set has k images or fewer.

    Examples
    --------
    >>> import numpy as np
    >>> real = np.arange(6, dtype=np.float32)[:, None]
    >>> prdc(real=real, generated=real + 100, k=1).precision
    0.0
    """
    if k < 1 or len(real) <= k or len(generated) <= k:
        raise BadInput(
            f"{len(real)} real and {len(generated)} generated images; k = {k} needs more of each"
        )
    if torch.device(device).type == "mps":
        device = "cpu"  # MPS has no float64
    centre = real.mean(0, dtype=np.float64)
    r, g = (torch.from_numpy(x.astype(np.float64) - centre).to(device) for x in (real, generated))
    real_radii, generated_radii = squared_radii(r, k), squared_radii(g, k)
    balls = np.zeros(len(g))  # of real images, that hold each generated one
    recalled, covered = [], []
    for start in range(0, len(r), BLOCK):
        part = slice(start, start + BLOCK)
        square = squared_distances(r[part], g)
        inside = square <= real_radii[part, None]
        balls += inside.sum(0).cpu().numpy()
        covered.append(inside.any(1).cpu().numpy())
        recalled.append((square <= generated_radii).any(1).cpu().numpy())
    return Prdc(
        precision=float((balls > 0).mean()),
        recall=float(np.concatenate(recalled).mean()),
        density=float(balls.mean() / k),
        coverage=float(np.concatenate(covered).mean()),
    )


def squared_distances(a: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    """Return the squared distances (N, M) of rows of a (N, D) and b (M, D)."""
    return (a.square().sum(1)[:, None] + b.square().sum(1) - 2 * a @ b.T).clamp_min(0)


def squared_radii(x: torch.Tensor, k: int) -> torch.Tensor:
    """Return the squared distance of each row to its k-th nearest other row, (N,)."""
    parts = []
    for start in range(0, len(x), BLOCK):
        square = squared_distances(x[start : start + BLOCK], x)
        diagonal = torch.arange(len(square), device=x.device)
        square[diagonal, diagonal + start] = torch.inf
        parts.append(square.kthvalue(k, 1).values)
    return torch.cat(parts)
