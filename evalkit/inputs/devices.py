"""Checks of the device on which networks compute."""

from fractaldream_base.errors import BadInput


def check_device(device: str) -> None:
    """Raise BadInput unless a device is known and here: cpu, cuda, cuda:1 or mps."""
    if device == "cpu":
        return
    import torch

    try:
        supported = torch.device(device).type in ("cpu", "cuda", "mps")
    except RuntimeError:
        supported = False
    if not supported:
        raise BadInput(f"device {device!r}: no such device; give cpu or cuda")
    try:
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise BadInput(f"device {device}: no such device here; give --device cpu") from error
