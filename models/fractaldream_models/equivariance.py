"""A generator that has the symmetries of a sampling law by construction, whatever its weights."""

import torch
from torch import Tensor, nn

from .augmentation import SYMMETRIES

LATENTS = 6  # x0, y0, a, b, c, d
LAWS = tuple(SYMMETRIES)
_MIRRORED = ("uniform", "normal")  # in fdd, a mirror at an axis would break the signs


class EquivariantGenerator(nn.Module):
    """G with G(g z) = g G(z) for the symmetries g of the map that keep a sampling law.

    The latents stand for the parameters x0, y0, a, b, c, d, each in units of its spread. Of all
    latents that are the same up to a symmetry, the network sees one, and its image is turned back
    (a canonicalisation; Kaba et al. 2023, Equivariance with learned canonicalization functions).
    It costs no more than the network itself. Where two such latents meet (a = b, a = -b or
    x0 = -y0) the image may jump.

    Parameters
    ----------
    network
        The network, (N, 6) and what else it takes -> images (N, C, S, S).
    law
        One of `LAWS`: all eight symmetries of the square, or the four of ``fdd``.
    """

    def __init__(self, network: nn.Module, law: str) -> None:
        super().__init__()
        self.network, self.mirrored = network, law in _MIRRORED

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        """Return images (N, C, S, S) for latents (N, 6)."""
        mirror = torch.zeros_like(z[:, :1], dtype=torch.bool)
        if self.mirrored:  # at the vertical axis: x0, a, b, c and d change sign
            mirror = z[:, 2:3] + z[:, 3:4] < 0
            z = torch.where(mirror, z * z.new_tensor([-1, 1, -1, -1, -1, -1]), z)
        swap = z[:, 2:3] < z[:, 3:4]  # (x0, a, c) with (y0, b, d)
        z = torch.where(swap, z[:, [1, 0, 3, 2, 5, 4]], z)
        turn = z[:, 0:1] + z[:, 1:2] < 0  # by 180 degrees: x0 and y0 change sign
        z = torch.where(turn, z * z.new_tensor([-1, -1, 1, 1, 1, 1]), z)
        images: Tensor = self.network(z, *labels)
        turn, swap, mirror = (part[:, :, None, None] for part in (turn, swap, mirror))
        images = torch.where(turn, images.flip(2, 3), images)
        images = torch.where(swap, images.flip(2, 3).transpose(2, 3), images)
        return torch.where(mirror, images.flip(3), images)
