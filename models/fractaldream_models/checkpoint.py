"""The checkpoint: a file that rebuilds its model, and loads without running what is in it.

Keys: format_version, kind, config (what rebuilds the network), state_dict, data (shape, channels,
parameter names, their mean and scale, and how the images were read), metrics (of that epoch, and
why it was chosen). The optimisers' state lives in state.pt. A checkpoint that comes with the
package has one key more, parts: the networks that it holds, the discriminator being left out.
"""

import os
import zipfile
from dataclasses import MISSING, asdict, fields
from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch

from fractaldream_base.errors import BadInput
from fractaldream_base.files import unfinished
from fractaldream_base.opening import check_version, other_format, read_head

from . import kinds
from .model import Model, ModelConfig
from .pretrained import checkpoint_file

FORMAT_VERSION = 1
PARTS_VERSION = 2  # of a checkpoint that holds some of the networks of its kind
ZIP = b"PK\x03\x04"  # what torch.save writes begins so
KEYS = ("format_version", "kind", "config", "state_dict", "data", "metrics")


def write(content: dict[str, Any], path: Path) -> None:
    """Save beside, then rename: path holds the old content or the new, never half."""
    try:
        with unfinished(path) as beside:
            with beside.open("wb") as file:
                torch.save(content, file)
                file.flush()
                os.fsync(file.fileno())
            beside.replace(path)
    except (OSError, RuntimeError) as error:  # torch's zip writer raises the latter: disk full
        # torch raises this wherever the main process is: see data.live_images.guard_rendering
        if "DataLoader worker" in str(error):
            raise
        # torch's writer raises an error of its own over that of the file, or over Ctrl-C
        original = error.__context__ if isinstance(error, RuntimeError) else error
        if isinstance(original, KeyboardInterrupt):
            raise original from None
        reason = getattr(original, "strerror", None) or "the disk is full"
        raise BadInput(f"{path}: cannot be written ({reason}); what was there is kept") from error


def save(
    model: Model,
    path: str | Path,
    *,
    data: dict[str, Any],
    metrics: dict[str, Any],
    state_dict: dict[str, torch.Tensor] | None = None,
) -> None:
    """Write the checkpoint of a model; state_dict, where given, in place of the model's own."""
    state = model.state_dict() if state_dict is None else state_dict
    content = {
        "format_version": FORMAT_VERSION,
        "kind": model.kind,
        "config": asdict(model.config),
        "state_dict": {k: v.detach().cpu().contiguous() for k, v in state.items()},
        "data": data,
        "metrics": metrics,
    }
    write(content, Path(path))


def read(path: str | Path, device: str | torch.device = "cpu") -> dict[str, Any]:
    """Read a dictionary of tensors and plain values, with weights_only=True.

    Parameters
    ----------
    path
        The file, or ``pretrained:NAME``.
    device
        Where the tensors shall be.

    Raises
    ------
    BadInput
        If there is no such file, it holds anything else, or the device is not there.
    """
    path = checkpoint_file(path)
    if path.is_dir():
        raise BadInput(f"{path}: a folder; give a checkpoint in it, such as {path / 'ckpt.pt'}")
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:
        raise BadInput(
            f"device {str(device)!r} is not there; give cpu, or cuda with a GPU"
        ) from error
    content = read_plain(path, device)
    if not isinstance(content, dict):
        raise BadInput(f"{path}: not a checkpoint; a run folder holds ckpt.pt and last.pt")
    return content


def read_plain(
    path: str | Path, device: str | torch.device = "cpu", *, mend: str | None = None
) -> Any:
    """Read tensors and plain values that `torch.save` wrote, without running what is in the file.

    Parameters
    ----------
    path
        The file.
    device
        Where the tensors shall be.
    mend
        Advice where the file is no such file, truncated or damaged; None for that about
        checkpoints.

    Raises
    ------
    BadInput
        If it is missing, may not be read, has another format, holds more than plain values, or is
        truncated, damaged or too large for the memory.
    """
    head = read_head(path)
    try:
        return torch.load(path, map_location=device, weights_only=True)
    except (MemoryError, torch.OutOfMemoryError) as error:
        raise BadInput(f"{path}: too large for the memory of {device}; free some") from error
    except Exception as error:  # the unpickler meets any bytes: any error is about the file
        if not head.startswith(ZIP):
            reason, advice = other_format(head, "a file of plain weights"), "give RUN/ckpt.pt"
        elif not zipfile.is_zipfile(path):
            reason, advice = "truncated", "copy it again"
        elif isinstance(error, UnpicklingError):
            reason = "holds more than plain weights, which could run code, or is damaged"
            advice = "give a checkpoint that fractaldream wrote"
        else:
            reason, advice = "damaged", "copy it again"
        raise BadInput(f"{path}: {reason}; {mend or advice}") from error


def load(path: str | Path, device: str | torch.device = "cpu", *, kind: str | None = None) -> Model:
    """Return the model of a checkpoint, in evaluation mode, with its `data` and `metrics`.

    Parameters
    ----------
    path
        The checkpoint, or ``pretrained:NAME``.
    device
        Where the model shall be.
    kind
        The kind that the model must have; None allows any.

    Returns
    -------
    Model
        The model with its trained weights.

    Raises
    ------
    BadInput
        If the file is no checkpoint of this version and kind, or the device is not there.
    """
    content = read(path, device)
    if missing := [key for key in KEYS if key not in content]:
        raise BadInput(f"{path}: not a checkpoint (no {', '.join(missing)}); give RUN/ckpt.pt")
    version = PARTS_VERSION if "parts" in content else FORMAT_VERSION
    check_version(path, content["format_version"], version)
    if content["kind"] == "classifier":
        raise BadInput(
            f"{path}: a classifier, which makes no images; give it by --classifier of evalkit, and "
            "RUN/ckpt.pt as the model"
        )
    if not kinds.known(content["kind"]):
        raise BadInput(
            f"{path}: unknown kind {content['kind']!r}; update fractaldream, or install the "
            "package that offers this kind"
        )
    if kind is not None and content["kind"] != kind:
        raise BadInput(f"{path}: a checkpoint of kind {content['kind']}, not {kind}; give another")
    allowed = {f.name for f in fields(ModelConfig)}
    needed = {f.name for f in fields(ModelConfig) if f.default is MISSING}
    config = content["config"]  # a key that it lacks has its default, as in the settings of a run
    if not isinstance(config, dict) or not needed <= set(config) <= allowed:
        raise BadInput(f"{path}: its config does not fit this version; update fractaldream")
    with torch.random.fork_rng(devices=[]):
        model = kinds.build(ModelConfig(**config))
    networks = {name for name, _ in model.named_children()}
    for name in networks - {*content.get("parts", networks)}:
        setattr(model, name, None)
    try:
        model.load_state_dict(content["state_dict"])
    except RuntimeError as error:
        raise BadInput(
            f"{path}: its weights do not fit its config; copy it again, or use the version of the "
            "package that wrote it"
        ) from error
    model.data, model.metrics = content["data"], content["metrics"]
    return model.to(device).eval()
