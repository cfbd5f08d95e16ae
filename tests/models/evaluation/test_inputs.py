"""Models by their checkpoint, or opened already."""

import pytest
import torch
from PIL import Image

from fractaldream_base.errors import BadInput
from fractaldream_models import checkpoint
from fractaldream_models.data.sources import DataOptions
from fractaldream_models.evaluation.inputs import as_model, read_for_model
from models_files import write_mnist, write_model


def test_a_checkpoint_is_opened_and_a_model_is_itself(tmp_path):
    path = write_model(tmp_path / "m.pt")
    model = as_model(path)
    assert as_model(model) is model
    stored = checkpoint.read(path)["state_dict"]
    assert all(torch.equal(values, stored[name]) for name, values in model.state_dict().items())


def test_mends_are_those_of_commands_without_settings(tmp_path):
    (tmp_path / "photos").mkdir()
    for number in range(4):
        Image.new("L", (8, 8)).save(tmp_path / "photos" / f"{number}.png")
    write_mnist(tmp_path / "idx")
    for source, options, words in (
        (str(tmp_path / "photos"), DataOptions(size=16), "the 16 px of the model; resize them"),
        ("mnist", DataOptions(root=tmp_path / "idx"), "no train part of mnist.*another --root"),
    ):
        with pytest.raises(BadInput, match=words) as caught:
            read_for_model(source, options)
        assert "--set" not in str(caught.value)
