"""The input of a kind's training: batches of images, and the step that updates its networks."""

from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from .model import Model
from .settings import Settings


@dataclass(frozen=True)
class Pairs:
    """Images with the parameters that they were rendered from."""

    images: Tensor  # float (N, C, S, S) in the value range of the kind
    params: Tensor  # (N, P), standardised


@dataclass(frozen=True)
class MatchedPairs:
    """Pairs of images that are known to share some parameters."""

    first: Tensor  # float (N, C, S, S) in the value range of the kind
    second: Tensor
    shared: Tensor  # bool (N, P), the parameters in which both images agree

    @property
    def images(self) -> Tensor:
        """Return all images, (2 N, C, S, S), the second ones last."""
        return torch.cat([self.first, self.second])


@dataclass(frozen=True)
class Batch:
    """One process's share of a batch."""

    images: Tensor  # float (N, C, S, S) in the value range of the kind
    labels: Tensor | None = None  # int64 (N,), of kinds that learn from labels
    paired: Pairs | None = None  # where `paired_weight` needs them
    matched: MatchedPairs | None = None  # where `matched_pairs` needs them


class TrainingStep(Protocol):
    """The step that `train_batch` of a kind gets: `fractaldream_models.training.step.Step`."""

    model: Model
    settings: Settings
    number: int  # of this step, from 0
    memory: dict[str, Tensor]  # what the kind keeps between steps; --resume restores it

    def record(self, name: str, value: Tensor) -> Tensor:
        """Report a loss of this batch, and return it."""

    def update(self, name: str, loss: Tensor) -> None:
        """Let the optimiser of that name take one step on this loss."""

    def normal(self, n: int) -> Tensor:
        """Draw N(0, I) for the n images of this share, (n, L)."""

    def whole_normal(self, n: int) -> Tensor:
        """Draw N(0, I) for the whole batch, (n P, L), P the number of processes."""

    def uniform(self, *shape: int) -> Tensor:
        """Draw U(0, 1) of this shape, the same in all processes."""

    def uniform_of_each(self, n: int) -> Tensor:
        """Draw U(0, 1) for each of the n images of this share, (n,)."""

    def noise_like(self, images: Tensor) -> Tensor:
        """Draw N(0, 1) for the pixels of this share of images (n, C, S, S)."""

    def augment(self, images: Tensor) -> Tensor:
        """Return this share of images as the discriminator sees them."""

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows (n, ...) of all shares."""

    def share(self, rows: Tensor) -> Tensor:
        """Return this share of the rows (n P, ...) of all processes; undoes `gather`."""
