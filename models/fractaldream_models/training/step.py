"""One training step: the optimisers of a model, and one update of all of them on a batch."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from fractaldream_base.errors import BadInput
from fractaldream_models import kinds
from fractaldream_models.augmentation import SYMMETRIES, augmented, draws_of
from fractaldream_models.data.tensors import Data
from fractaldream_models.distributed.collectives import Processes
from fractaldream_models.model import Model
from fractaldream_models.settings import Settings
from fractaldream_models.training_step import Batch, MatchedPairs, Pairs


class Step:
    """The optimisers of a model, and one update of all of them on a batch.

    What is minimised, and in which order, is the `train_batch` of the model's kind, which uses
    `model`, `settings` and the methods below.

    Parameters
    ----------
    model, settings
        What is trained, and how.
    noise
        Generator of every random draw, on the model's device, at the same place in all processes.
    processes
        The processes that share each batch. Default: this one alone.
    law
        The sampling law of the images, which ``augment=symmetries`` needs.

    Attributes
    ----------
    number
        Number of complete steps of the run.
    memory
        Tensors that the kind keeps between steps, by names of its own; the same in all processes.
        They are part of state.pt.
    """

    def __init__(
        self,
        model: Model,
        settings: Settings,
        noise: torch.Generator,
        processes: Processes | None = None,
        law: str | None = None,
    ) -> None:
        self.model, self.settings, self.noise = model, settings, noise
        self.processes = processes or Processes()
        self.kind, self.law, self.number = kinds.find(model.kind), law, 0
        self.losses: dict[str, Tensor] = {}
        self.memory: dict[str, Tensor] = {}
        self.optimizers = {
            o.name: _optimizer(
                [p for part in o.parts for p in getattr(model, part).parameters()],
                getattr(settings, o.rate),
                settings,
            )
            for o in self.kind.optimizers
        }

    def __call__(
        self,
        x: Tensor,
        labels: Tensor | None,
        paired: Pairs | None = None,
        matched: MatchedPairs | None = None,
    ) -> dict[str, Tensor]:
        """Train on a batch and return its losses, and D(x), D(G(z)) of each image; all detached.

        Of several processes each gives its share of the batch, in the order of the ranks; losses
        are those of the whole, D(x) and D(G(z)) of the share.
        """
        self.losses = {}
        self.kind.train_batch(self, Batch(x, labels, paired, matched))
        self.number += 1
        out = {name: value.detach() for name, value in self.losses.items()}
        return out | self.processes.means({k: v for k, v in out.items() if v.ndim == 0})

    def record(self, name: str, value: Tensor) -> Tensor:
        """Report a loss of this batch (a mean over images), or `d_real` and `d_fake` of each image.

        Returns the value, with its graph.
        """
        self.losses[name] = value
        return value

    def update(self, name: str, loss: Tensor) -> None:
        """Let the optimiser of that name take one step on this loss."""
        optimizer = self.optimizers[name]
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        self.processes.average(p for group in optimizer.param_groups for p in group["params"])
        optimizer.step()

    def normal(self, n: int) -> Tensor:
        """Draw N(0, I) for the n images of this share, (n, L)."""
        return self.processes.share(self.whole_normal(n))

    def whole_normal(self, n: int) -> Tensor:
        """Draw N(0, I) for the whole batch: the same draws for any number of processes."""
        shape = (n * self.processes.size, self.model.latent)
        return torch.randn(shape, generator=self.noise, device=self.noise.device)

    def uniform(self, *shape: int) -> Tensor:
        """Draw U(0, 1) of this shape, the same in all processes."""
        return torch.rand(shape, generator=self.noise, device=self.noise.device)

    def uniform_of_each(self, n: int) -> Tensor:
        """Draw U(0, 1) for each of the n images of this share, (n,)."""
        return self.processes.share(self.uniform(n * self.processes.size))

    def noise_like(self, images: Tensor) -> Tensor:
        """Draw N(0, 1) for the pixels of this share of images (n, C, S, S)."""
        shape = (len(images) * self.processes.size, *images.shape[1:])
        draws = torch.randn(shape, generator=self.noise, device=self.noise.device)
        return self.processes.share(draws)

    def augment(self, images: Tensor) -> Tensor:
        """Return this share of images as the discriminator sees them; see `augmentation`."""
        augment = self.settings.augment
        if augment == "none":
            return images
        draws = self.uniform(len(images) * self.processes.size, draws_of(augment, self.law))
        return augmented(images, augment, self.law, self.processes.share(draws).T)

    def gather(self, rows: Tensor) -> Tensor:
        """Return the rows (n, ...) of all shares, differentiable in all of them."""
        return self.processes.gather(rows)

    def share(self, rows: Tensor) -> Tensor:
        """Return this share of the rows (n P, ...) of all processes; undoes `gather`."""
        return self.processes.share(rows)


def _optimizer(parameters: Iterable[nn.Parameter], lr: float, s: Settings) -> torch.optim.Optimizer:
    parameters = list(parameters)
    if s.optimizer == "sgd":
        return torch.optim.SGD(parameters, lr=lr, momentum=s.b1)
    fused = parameters[0].device.type in ("cpu", "cuda")
    return torch.optim.Adam(parameters, lr=lr, betas=(s.b1, s.b2), fused=fused)


def check_symmetric(name: str, value: str, source: str, data: Data) -> None:
    """Refuse symmetries of images whose sampling law has none, another one, or is not known.

    Raises BadInput.
    """
    law = (data.facts or {}).get("law")
    if law not in SYMMETRIES:
        raise BadInput(
            f"{name}={value}: {source} follows no law that has them; leave it out, or render "
            f"with --law {', '.join(SYMMETRIES)}"
        )
    if value in SYMMETRIES and value != law:
        raise BadInput(f"{name}={value}: {source} follows the law {law}; give {name}={law}")
