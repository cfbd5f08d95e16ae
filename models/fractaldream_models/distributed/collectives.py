"""Computations that the processes of a run share: shares of a batch, sums, means, agreement.

Every process holds the whole model and an equal share of each batch. The objective is the mean
over the processes of what each computes, so gradients are averaged. What is not a mean over images
(the statistics of BatchNorm, losses on the moments of the codes) is computed from all shares.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from fractaldream_base.errors import BadInput
from fractaldream_models.errors import Elsewhere


class _Sum(torch.autograd.Function):
    """Sum over the processes; also backwards, as every loss depends on every summand."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # by itself, not in place: penalties on gradients go backwards through this as well
        total: Tensor = _Sum.apply(gradient.contiguous())
        return total


class Processes:
    """The processes of a run. Where there is only one, every method returns its argument.

    Parameters
    ----------
    rank
        Number of this process, from 0.
    size
        Number of processes.
    """

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    def share(self, rows: Tensor) -> Tensor:
        """Return this process's N / size consecutive rows of (N, ...); N is a multiple of size."""
        if self.size == 1:
            return rows
        count = len(rows) // self.size
        return rows[self.rank * count : (self.rank + 1) * count]

    def gather(self, rows: Tensor) -> Tensor:
        """Return all shares (n, ...) by rank as (size n, ...), differentiable in all of them."""
        if self.size == 1:
            return rows
        shares = rows.new_zeros((self.size, *rows.shape))
        shares[self.rank] = rows
        out: Tensor = _Sum.apply(shares).flatten(0, 1)
        return out

    @torch.no_grad()
    def means(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """Return the means of scalars over the processes, so that all of them see the same."""
        if self.size == 1 or not values:
            return values
        stacked = torch.stack([value.float() for value in values.values()])
        dist.all_reduce(stacked)
        return dict(zip(values, (stacked / self.size).unbind(), strict=True))

    @torch.no_grad()
    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Average the gradients in one message, so that every process takes the same step."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        message = torch.cat([g.reshape(-1) for g in gradients])
        dist.all_reduce(message)
        message /= self.size
        for g, part in zip(gradients, message.split([g.numel() for g in gradients]), strict=True):
            g.copy_(part.view(g.shape))

    def agree(self, problem: str | None = None, facts: Any = None) -> None:
        """Wait for all processes, and check that none has a problem and all have the same facts.

        Raises
        ------
        BadInput
            In every process, if one of them has a problem or facts that differ.
        """
        if self.size == 1:
            if problem is not None:
                raise BadInput(problem)
            return
        reports: list[Any] = [None] * self.size
        dist.all_gather_object(reports, (problem, facts))
        problem = next((text for text, _ in reports if text is not None), None)
        differing = [
            rank for rank, (_, rank_facts) in enumerate(reports) if rank_facts != reports[0][1]
        ]
        if problem is None and differing:
            problem = (
                f"process {differing[0]} sees other data or settings than process 0: give all "
                "processes the same files"
            )
        if problem is not None:
            self.finish()
            raise BadInput(problem) if self.rank == 0 else Elsewhere(problem)

    def on_first(self, work: Callable[[], None]) -> None:
        """Do the work in the first process while the others wait; its BadInput ends all."""
        problem = None
        if self.size == 1:
            work()
        elif self.rank == 0:
            try:
                work()
            except BadInput as error:
                problem = str(error)
        self.agree(problem)

    def finish(self) -> None:
        """Leave together: a process whose peer has left first may be aborted."""
        if self.size > 1:
            dist.barrier()
            dist.destroy_process_group()


@contextmanager
def guard_against_lost_peers(processes: Processes) -> Iterator[None]:
    """Turn the loss of another process into BadInput."""
    try:
        yield
    except RuntimeError as error:
        lost = isinstance(error, dist.DistError) or "gloo" in str(error)
        if processes.size == 1 or not lost:
            raise
        raise BadInput(
            f"process {processes.rank} of {processes.size} has lost another one: what is "
            "complete is kept, go on with --resume"
        ) from error
