"""Models of levels: learnt in one channel, shown in the colours of a palette."""

import h5py
import numpy as np
import pytest
import torch
from PIL import Image

import fractaldream
from fractaldream.datasets.palettes import PALETTES
from fractaldream_models import checkpoint
from fractaldream_models.evaluation.reconstruction import reconstruct
from fractaldream_models.evaluation.sampling import sample
from fractaldream_models.levels import coloured, levels_of
from fractaldream_models.training.options import TrainOptions
from fractaldream_models.training.trainer import train
from models_files import write_dataset

ALL = torch.arange(256).reshape(1, 1, 16, 16) / 255


@pytest.mark.parametrize("name", PALETTES)
def test_the_palettes_of_the_renderer_are_inverted(name):
    table = fractaldream.palette(name).copy()
    images = coloured(ALL, torch.from_numpy(table))
    pixels = (images * 255).round().byte()[0].permute(1, 2, 0).reshape(256, 3)
    assert np.array_equal(pixels.numpy(), table)
    levels = levels_of(images, torch.from_numpy(table))
    same = 256 if name != "viridis" else len(np.unique(table, axis=0))
    assert int((levels == ALL).sum()) >= same
    assert torch.equal(coloured(levels, torch.from_numpy(table)), images)


def test_colours_between_those_of_a_palette_get_the_nearest_level():
    table = torch.arange(256)[:, None].expand(-1, 3).byte()
    images = torch.tensor([90.2, 91.0, 91.9])[None, :, None, None].expand(2, -1, 4, 4) / 255
    assert (levels_of(images, table) * 255).round().unique().tolist() == [91.0]


def trained(tmp_path, **changes):
    data = write_dataset(tmp_path / "data.h5")
    with h5py.File(data, "r+") as file:  # three palettes that differ
        file["palettes/inferno"][:, 1] = 80
    settings = {"kind": "ae", "latent": 3, "width": 0.05, "epochs": 1, "batch": 8, "channels": 1}
    options = TrainOptions(device="cpu")
    return data, train(data, tmp_path / "run", settings | changes, options=options).checkpoint


def test_a_model_of_levels_is_shown_in_the_palette_that_was_chosen(tmp_path):
    data, path = trained(tmp_path, palette="inferno")
    model = checkpoint.load(path)
    assert model.image_shape == (1, 16, 16)
    with h5py.File(data) as file:
        table = file["palettes/inferno"][:]
    assert np.array_equal(model.colours.numpy(), table)
    images = sample(model, 6, out=tmp_path / "s.png").images
    assert images.shape == (6, 3, 16, 16)
    assert {tuple(c) for c in images.permute(0, 2, 3, 1).reshape(-1, 3).tolist()} <= {
        tuple(c) for c in table.tolist()
    }
    assert reconstruct(model, data, out=tmp_path / "r.png").images == 12
    grid = tmp_path / "run" / "samples" / "epoch-0001.png"
    for picture in (tmp_path / "s.png", tmp_path / "r.png", grid):
        assert Image.open(picture).mode == "RGB"
