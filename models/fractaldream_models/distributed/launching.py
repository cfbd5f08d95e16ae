"""Choose the device and the precision of a run, and start its processes."""

import logging
import os
from typing import TYPE_CHECKING

import torch
import torch.distributed as dist

from fractaldream_base.errors import BadInput

from . import lost_process
from .collectives import Processes

if TYPE_CHECKING:
    from lightning_fabric import Fabric


def open_fabric(device: str, devices: int | None, strategy: str, precision: str) -> "Fabric":
    """Return Lightning's Fabric for a device and a number of processes, none started yet.

    Parameters
    ----------
    device
        auto, cpu, cuda or mps.
    devices
        Number of processes on this machine. None: as many as torchrun has started, else 1.
    strategy
        auto or ddp.
    precision
        auto, 32 or bf16.

    Raises
    ------
    BadInput
        If a value is unknown or the machine does not have what it names.
    """
    from lightning_fabric import Fabric

    device = _available(device)
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
        precision="bf16-mixed" if is_mixed(precision, device) else "32-true",
    )


def _available(device: str) -> str:
    """Return the device that a name (auto, cpu, cuda or mps) means here. Raises BadInput."""
    available = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    if device == "auto":
        return "cuda" if available["cuda"] else "mps" if available["mps"] else "cpu"
    if not available.get(device, False):
        names = ", ".join(name for name, is_available in available.items() if is_available)
        raise BadInput(f"device {device!r} is not there; give auto or one of {names}")
    return device


def is_mixed(precision: str, device: str) -> bool:
    """Return whether a precision (auto, 32, bf16) means bfloat16 autocast on that device."""
    return precision == "bf16" or (precision == "auto" and device == "cuda")


def are_started(fabric: "Fabric") -> bool:
    """Return whether other processes run already and wait for this one."""
    return fabric.world_size > 1 and "LOCAL_RANK" in os.environ


def local_processes(fabric: "Fabric") -> int:
    """Return how many processes of the run this machine has."""
    if dist.is_available() and dist.is_torchelastic_launched():
        return int(os.environ["LOCAL_WORLD_SIZE"])
    return fabric.world_size  # only torchrun starts processes on several machines


def start(fabric: "Fabric") -> Processes:
    """Start the processes of the run, unless torchrun has, and return them."""
    if fabric.world_size > 1:
        lost_process.report_instead_of_killing()
        logging.getLogger("lightning_fabric").setLevel(logging.WARNING)
        fabric.launch()
    return Processes(fabric.global_rank, fabric.world_size)
