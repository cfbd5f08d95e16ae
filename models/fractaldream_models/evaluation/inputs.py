"""A model that is given by its checkpoint, or opened already."""

from pathlib import Path

from fractaldream_models import checkpoint
from fractaldream_models.model import Model


def as_model(model: Model | str | Path, device: str = "cpu") -> Model:
    """Return the model itself, or the one of a checkpoint on a device. Raises BadInput."""
    return model if isinstance(model, Model) else checkpoint.load(model, device)
