"""Several processes that train one model: shares of a batch, and what must see all of it.

Every process holds the whole model and an equal share of each batch. The objective is the mean
over the processes of what each computes, so gradients are averaged; what is no mean over images
(the statistics of BatchNorm, losses on the moments of the codes) is computed from all shares.
"""

import logging
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from fractaldream_models.errors import BadInput, Elsewhere

if TYPE_CHECKING:
    from lightning_fabric import Fabric

GRACE = 5.0  # seconds that the first process has to tell of a lost one itself


class _Sum(torch.autograd.Function):
    """Sum over the processes. Backwards, too: every process's loss depends on every summand."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        x = x.clone()
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        gradient = gradient.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(gradient)
        return gradient


class Processes:
    """The processes of a run; of one alone, every method gives back what it got."""

    def __init__(self, rank: int = 0, size: int = 1) -> None:
        self.rank, self.size = rank, size

    def share(self, rows: Tensor) -> Tensor:
        """This process's part of (N, ...): N / size consecutive rows, N a multiple of size."""
        if self.size == 1:
            return rows
        own = len(rows) // self.size
        return rows[self.rank * own : (self.rank + 1) * own]

    def gather(self, rows: Tensor) -> Tensor:
        """All shares (n, ...) in their order, (size n, ...); differentiable in all of them."""
        if self.size == 1:
            return rows
        everyone = rows.new_zeros((self.size, *rows.shape))
        everyone[self.rank] = rows
        return _Sum.apply(everyone).flatten(0, 1)

    @torch.no_grad()
    def means(self, values: dict[str, Tensor]) -> dict[str, Tensor]:
        """Means of scalars over the processes, so that all of them see the same."""
        if self.size == 1 or not values:
            return values
        stacked = torch.stack([value.float() for value in values.values()])
        dist.all_reduce(stacked)
        return dict(zip(values, (stacked / self.size).unbind(), strict=True))

    @torch.no_grad()
    def average(self, parameters: Iterable[nn.Parameter]) -> None:
        """Mean gradients, in one message; every process then takes the same step."""
        if self.size == 1:
            return
        gradients = [p.grad for p in parameters if p.grad is not None]
        message = torch.cat([g.reshape(-1) for g in gradients])
        dist.all_reduce(message)
        message /= self.size
        for g, part in zip(gradients, message.split([g.numel() for g in gradients]), strict=True):
            g.copy_(part.view(g.shape))

    def agree(self, problem: str | None = None, facts: Any = None) -> None:
        """Wait for all; raise BadInput in all where one has a problem or other facts."""
        if self.size == 1:
            if problem is not None:
                raise BadInput(problem)
            return
        heard: list[Any] = [None] * self.size
        dist.all_gather_object(heard, (problem, facts))
        problem = next((said for said, _ in heard if said is not None), None)
        others = [rank for rank, (_, seen) in enumerate(heard) if seen != heard[0][1]]
        if problem is None and others:
            problem = (
                f"process {others[0]} sees other data or settings than process 0: give all "
                "processes the same files"
            )
        if problem is not None:
            self.finish()
            raise BadInput(problem) if self.rank == 0 else Elsewhere(problem)

    def led(self, work: Callable[[], None]) -> None:
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
def together(processes: Processes) -> Iterator[None]:
    """Turn the loss of another process into BadInput."""
    try:
        yield
    except RuntimeError as error:
        gone = isinstance(error, dist.DistError) or "gloo" in str(error)
        if processes.size == 1 or not gone:
            raise
        raise BadInput(
            f"process {processes.rank} of {processes.size} has lost another one: what is "
            "complete is kept, go on with --resume"
        ) from error


class SynchronisedBatchNorm2d(nn.BatchNorm2d):
    """Synchronised batch normalisation: statistics of all shares of a batch, on any device.

    Each process tells its mean and biased variance of each channel; the variance of all is the
    mean of the variances plus the variance of the means, which shares of equal size allow and
    which does not cancel.
    """

    processes: Processes

    def forward(self, x: Tensor) -> Tensor:
        if not self.training:
            return super().forward(x)
        wide = x.to(self.weight.dtype)  # under autocast x has half of it
        variance, mean = torch.var_mean(wide, (0, 2, 3), correction=0)
        told = self.processes.gather(torch.stack([mean, variance])[None])
        mean = told[:, 0].mean(0)
        variance = told[:, 1].mean(0) + (told[:, 0] - mean).square().mean(0)
        assert self.running_mean is not None and self.running_var is not None
        assert self.momentum is not None and self.num_batches_tracked is not None
        with torch.no_grad():
            count = x.numel() // x.shape[1] * self.processes.size
            self.running_mean.lerp_(mean, self.momentum)
            self.running_var.lerp_(variance * (count / max(1, count - 1)), self.momentum)
            self.num_batches_tracked += 1
        scale = self.weight * (variance + self.eps).rsqrt()
        shift = self.bias - mean * scale
        return (x * scale[:, None, None] + shift[:, None, None]).to(x.dtype)


def synchronise(model: nn.Module, processes: Processes) -> None:
    """Let every BatchNorm of the model see whole batches; names and weights stay."""
    if processes.size == 1:
        return
    for module in model.modules():
        if type(module) is nn.BatchNorm2d:
            module.__class__ = SynchronisedBatchNorm2d
            module.processes = processes  # type: ignore[assignment]


def open_fabric(device: str, devices: int | None, strategy: str, precision: str) -> "Fabric":
    """The device, and where several processes are asked for, the way to start them.

    Under torchrun the processes are there already, and devices may be left open. Raises BadInput.
    """
    from lightning_fabric import Fabric

    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        device = "cuda" if there["cuda"] else "mps" if there["mps"] else "cpu"
    if not there.get(device, False):
        names = ", ".join(name for name, is_there in there.items() if is_there)
        raise BadInput(f"device {device!r} is not there; give auto or one of {names}")
    nodes = 1
    if dist.is_available() and dist.is_torchelastic_launched():
        local, world = int(os.environ["LOCAL_WORLD_SIZE"]), int(os.environ["WORLD_SIZE"])
        if devices not in (None, local):
            raise BadInput(
                f"devices {devices}: torchrun has started {local} here; leave --devices out"
            )
        devices, nodes = local, world // local
    devices = devices or 1
    if strategy not in ("auto", "ddp"):
        raise BadInput(f"strategy {strategy!r}: give auto or ddp (every model fits one device)")
    several = devices * nodes > 1
    if device == "mps" and several:
        raise BadInput("device mps is one; leave --devices out")
    if device == "cuda" and devices > torch.cuda.device_count():
        raise BadInput(f"{devices} devices: there are {torch.cuda.device_count()}")
    if precision not in ("auto", "32", "bf16"):
        raise BadInput(f"precision {precision!r}: give auto, 32 or bf16")
    return Fabric(
        accelerator=device,
        devices=devices,
        num_nodes=nodes,
        strategy="ddp" if several else "auto",
        precision="bf16-mixed" if mixed(precision, device) else "32-true",
    )


def mixed(precision: str, device: str) -> bool:
    """Whether `precision` (auto, 32, bf16) means bf16 on that device."""
    return precision == "bf16" or (precision == "auto" and device == "cuda")


def started(fabric: "Fabric") -> bool:
    """Whether other processes are there and wait for this one."""
    return fabric.world_size > 1 and "LOCAL_RANK" in os.environ


def _end(observer: Any) -> None:
    """End the run of which a process was lost, in one line, in place of Fabric's silent kill."""
    children = observer._child_processes
    lost = next(rank for rank, child in enumerate(children, 1) if child.returncode)
    time.sleep(GRACE)  # the first process, too, may have noticed, and then says it itself
    for child in children:
        child.kill()
    print(
        f"Error: process {lost} of {len(children) + 1} was lost: what is complete is kept, go on "
        "with --resume",
        file=sys.stderr,
        flush=True,
    )
    os._exit(2)  # from a thread; the main one may hang in a collective


def start(fabric: "Fabric") -> Processes:
    """The processes of the run, started now where nobody has started them."""
    if fabric.world_size > 1:
        from lightning_fabric.strategies.launchers import subprocess_script

        subprocess_script._ChildProcessObserver._terminate_all = _end  # type: ignore[method-assign, assignment]
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        fabric.launch()
    return Processes(fabric.global_rank, fabric.world_size)
