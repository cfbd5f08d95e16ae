"""Models by their checkpoint, or opened already."""

import torch

from fractaldream_models import checkpoint
from fractaldream_models.evaluation.inputs import as_model
from models_files import write_model


def test_a_checkpoint_is_opened_and_a_model_is_itself(tmp_path):
    path = write_model(tmp_path / "m.pt")
    model = as_model(path)
    assert as_model(model) is model
    stored = checkpoint.read(path)["state_dict"]
    assert all(torch.equal(values, stored[name]) for name, values in model.state_dict().items())
