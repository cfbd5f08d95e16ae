"""A model that is given by its checkpoint, or opened already."""

from pathlib import Path

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.data.sources import DataOptions, open_data
from fractaldream_models.data.tensors import Data
from fractaldream_models.errors import MissingPart, WrongImageSize
from fractaldream_models.model import Model


def as_model(model: Model | str | Path, device: str = "cpu") -> Model:
    """Return the model itself, or the one of a checkpoint on a device. Raises BadInput."""
    return model if isinstance(model, Model) else checkpoint.load(model, device)


def read_for_model(source: str, options: DataOptions) -> Data:
    """Read images as a trained model sees them; its settings cannot be given any more.

    Raises BadInput, with mends that the commands on checkpoints offer.
    """
    try:
        return open_data(source, options)
    except WrongImageSize as error:
        raise BadInput(
            f"{source}: not all its images have the {options.size} px of the model; resize them"
        ) from error
    except MissingPart as error:
        raise BadInput(
            f"{options.root}: no {options.part} part of {source}, which the model learnt from; "
            "give another --root"
        ) from error
