"""The inverse renderer: from an image to a density over the parameters that could have made it.

A small convolutional network gives a mixture of full-covariance Gaussians over standardised v,
trained on fresh images with v ~ N(0, I) (a mixture density network, Bishop 1994). The map's
symmetries make the answer many-valued, which a regression would average away.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from evalkit.family.symmetry import Operation, turned
from evalkit.support.batches import fixed_batches
from fractaldream.recipe import PARAM_NAMES

COMPONENTS = 12
SIZE = len(PARAM_NAMES)
LOWER = SIZE * (SIZE - 1) // 2
HIDDEN = 256  # numbers of the hidden layer
OUTPUTS = COMPONENTS * (1 + 2 * SIZE + LOWER)
ROWS = 128  # of a batch; what it computes fits the caches
HALF_LOG_2PI = 0.5 * math.log(2 * math.pi)
# a processor with instructions for bf16; older versions of torch do not tell
_capabilities: dict[str, Any] = getattr(torch.cpu, "get_capabilities", dict)()
NATIVE_HALF = bool(_capabilities.get("avx512_bf16"))


@dataclass(frozen=True)
class Mixture:
    """q(v | image) for N images: sum_k weight_k N(v; mean_k, (T_k' T_k)^-1).

    Attributes
    ----------
    log_weight
        Logarithms of the weights plus log |T_k|, (N, K).
    mean
        (N, K, 6).
    whiten
        T, (N, K, 6, 6).
    """

    log_weight: Tensor
    mean: Tensor
    whiten: Tensor

    def __getitem__(self, rows: Any) -> "Mixture":
        return Mixture(self.log_weight[rows], self.mean[rows], self.whiten[rows])

    def __len__(self) -> int:
        return len(self.mean)

    def behind(self, matrix: np.ndarray) -> "Mixture":
        """Return the density of v (..., 6) where this one is of v @ matrix, orthogonal (6, 6)."""
        way = torch.from_numpy(matrix).to(self.mean)
        return Mixture(self.log_weight, self.mean @ way.T, self.whiten @ way.T)

    def double(self) -> "Mixture":
        """Return the same in float64."""
        return Mixture(self.log_weight.double(), self.mean.double(), self.whiten.double())

    def log_prob(self, v: Tensor) -> Tensor:
        """Return log q(v | image) in nats, (..., N), of v (..., N, 6)."""
        shifted = torch.einsum("nkij,...nj->...nki", self.whiten, v)
        shifted = shifted - torch.einsum("nkij,nkj->nki", self.whiten, self.mean)
        return torch.logsumexp(self.log_weight - 0.5 * shifted.square().sum(-1), -1) - (
            SIZE * HALF_LOG_2PI
        )

    def moments(self) -> tuple[Tensor, Tensor]:
        """Return E[v_j^2] and E[|v_j|], each (N, 6)."""
        weight, covariance = self._parts()
        variance = covariance.diagonal(dim1=-2, dim2=-1)
        second = torch.einsum("nk,nkj->nj", weight, self.mean.square() + variance)
        spread = variance.sqrt()
        folded = spread * math.sqrt(2 / math.pi) * torch.exp(-0.5 * self.mean.square() / variance)
        folded = folded + self.mean * torch.erf(self.mean / (spread * math.sqrt(2)))
        return second, torch.einsum("nk,nkj->nj", weight, folded)

    def products(self) -> Tensor:
        """Return E[v_j] and E[v_i v_j], i <= j: (N, 6 + 21)."""
        weight, covariance = self._parts()
        second = covariance + self.mean[..., :, None] * self.mean[..., None, :]
        row, column = torch.triu_indices(SIZE, SIZE)
        mean = torch.einsum("nk,nki->ni", weight, self.mean)
        return torch.cat([mean, torch.einsum("nk,nkp->np", weight, second[..., row, column])], 1)

    def _parts(self) -> tuple[Tensor, Tensor]:
        """Return weights (N, K), which add up to 1, and covariances (N, K, 6, 6)."""
        logdet = torch.linalg.slogdet(self.whiten)[1]
        inverse = torch.linalg.inv(self.whiten)
        return (self.log_weight - logdet).softmax(-1), inverse @ inverse.transpose(-1, -2)


def native_half() -> torch.autocast:
    """Return a context in which a CPU computes the trunk in bf16, where it has instructions for it.

    Parts that lose by it say so themselves.
    """
    return torch.autocast("cpu", dtype=torch.bfloat16, enabled=NATIVE_HALF)


class Trunk(nn.Module):
    """The convolutions: images (N, C, 32, 32) in [0, 1] to a hidden layer (N, 256)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        for wide, stride in ((32, 2), (64, 2), (128, 1), (128, 2), (128, 1)):
            layers += [nn.Conv2d(channels, wide, 3, stride, 1), nn.BatchNorm2d(wide), nn.ReLU()]
            channels = wide
        self.body = nn.Sequential(*layers, nn.Flatten(), nn.Linear(128 * 16, HIDDEN), nn.ReLU())

    def forward(self, small: Tensor) -> Tensor:
        """Return the hidden features of images (N, C, 32, 32) in [0, 1]."""
        with torch.autocast("cpu", enabled=False):  # in bf16 the faintest shades are lost
            seen = self.body[:3]((small - 0.5) * 4)
        out: Tensor = self.body[3:](seen)
        return out


class InverseRenderer(nn.Module):
    """Images (N, C, 32, 32) to a Mixture over v."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.trunk = Trunk(channels)
        self.head = nn.Linear(HIDDEN, OUTPUTS)
        nn.init.normal_(self.head.bias, std=0.5)

    def forward(self, small: Tensor) -> Mixture:
        """Return the density of v for images (N, C, 32, 32) in [0, 1]."""
        return self.mixture(self.head(self.trunk(small)))

    def mixture(self, outputs: Tensor) -> Mixture:
        """Return the mixtures that the head's outputs (N, OUTPUTS) stand for."""
        raw = outputs.float().unflatten(1, (COMPONENTS, -1))
        logit, mean, scale, lower = raw.split([1, SIZE, SIZE, LOWER], -1)
        log_diagonal = 4 * torch.tanh(scale / 4)  # precision within e^-4 to e^4
        whiten = torch.diag_embed(log_diagonal.exp())
        row, column = torch.tril_indices(SIZE, SIZE, -1)
        whiten[..., row, column] = lower
        weight = logit[..., 0].log_softmax(-1) + log_diagonal.sum(-1)
        return Mixture(weight, mean, whiten)

    def hidden(self, small: np.ndarray) -> np.ndarray:
        """Return the hidden layer of images.

        Parameters
        ----------
        small
            Images in [0, 1], (N, C, 32, 32).

        Returns
        -------
        float32 (N, 256). A row depends on its image alone, to the last bit, whatever images are
        beside it and however many threads there are; on a processor with other instructions
        (bf16, AVX-512), the last bits differ.
        """
        images = torch.from_numpy(np.ascontiguousarray(small, np.float32))
        out = np.empty((len(images), HIDDEN), np.float32)
        # entered here, too, so that one thread casts the weights once for all batches
        with torch.no_grad(), native_half():
            for at, part in fixed_batches(self._hidden, images, rows=ROWS):
                out[at] = part.numpy()
        return out

    @torch.no_grad()
    def _hidden(self, images: Tensor) -> Tensor:
        with native_half():
            out: Tensor = self.trunk(images.contiguous(memory_format=torch.channels_last))
            return out.float()  # channels last take half the time

    @torch.no_grad()
    def answer(self, hidden: np.ndarray) -> Mixture:
        """Return the mixtures of hidden layers (N, 256), row by row as `hidden` gives these."""
        features = torch.from_numpy(np.ascontiguousarray(hidden, np.float32))
        outputs = torch.empty(len(features), OUTPUTS)
        for at, part in fixed_batches(self._outputs, features, rows=ROWS):
            outputs[at] = part
        return self.mixture(outputs)

    @torch.no_grad()
    def _outputs(self, hidden: Tensor) -> Tensor:
        out: Tensor = self.head(hidden)
        return out

    def answer_all_ways(
        self, small: np.ndarray, symmetries: list[tuple[Operation, np.ndarray]]
    ) -> Mixture:
        """Return the mean of the answers to images in all ways that the map's symmetries allow.

        It is sharper than the answer to one way alone, and has as many times the components.

        Parameters
        ----------
        small
            Images in [0, 1], (N, C, 32, 32).
        symmetries
            Operations on the square and their matrices (6, 6), as `Renderer.symmetries` gives them.
        """
        mixtures = [
            self.answer(self.hidden(turned(small, *operation))).behind(matrix)
            for operation, matrix in symmetries  # that image shows v @ matrix
        ]
        return Mixture(
            torch.cat([m.log_weight for m in mixtures], 1) - math.log(len(symmetries)),
            torch.cat([m.mean for m in mixtures], 1),
            torch.cat([m.whiten for m in mixtures], 1),
        )


def log_prior(v: Tensor) -> Tensor:
    """Return log N(v; 0, I) in nats, (...), of v (..., 6)."""
    return -0.5 * v.square().sum(-1) - v.shape[-1] * HALF_LOG_2PI
