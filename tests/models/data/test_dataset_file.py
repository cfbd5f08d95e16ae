"""Data set files: levels coloured late, parameters standardised, packed colour images."""

import os

import h5py
import numpy as np
import pytest
import torch

import fractaldream
from fractaldream_base.errors import BadInput
from fractaldream_models.data.sources import DataOptions, open_data
from models_files import write_dataset


def test_a_dataset_file_keeps_levels_and_colours_them_late(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")))
    assert data.images.dtype == torch.uint8 and data.images.shape == (60, 1, 16, 16)
    assert len(data.validation) == 12 and not set(data.train.tolist()) & set(range(0, 60, 5))
    batch = data.batch(data.train[:4], (-1, 1))
    level = data.images[data.train[:4], 0]
    assert batch.shape == (4, 3, 16, 16)
    assert torch.allclose(batch[:, 0][level == 0], torch.ones(1))
    assert torch.allclose(batch[:, 0][level > 0], level[level > 0] / 127.5 - 1)
    assert torch.allclose(batch[:, 1][level > 0], torch.tensor(7 / 127.5 - 1))


def test_parameters_are_standardised_and_the_way_back_is_kept(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")))
    with h5py.File(tmp_path / "a.h5") as file:
        params = torch.from_numpy(file["params"][:])
    mean, scale = (torch.tensor(data.facts[f"param_{k}"]) for k in ("mean", "scale"))
    assert torch.allclose(data.params.double() * scale + mean, params, atol=1e-5)
    assert torch.allclose(data.params[data.train].mean(0), torch.zeros(6), atol=1e-5)


def test_a_dataset_file_in_one_channel(tmp_path):
    data = open_data(str(write_dataset(tmp_path / "a.h5")), DataOptions(channels=1))
    assert data.batch(data.train, (0, 1)).shape[1] == 1


def test_a_packed_file_of_colour_images(tmp_path):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (20, 16, 16, 3), dtype=np.uint8)
    split = np.zeros(20, np.uint8)
    split[::5] = 1

    def write(images):
        with h5py.File(tmp_path / "packed.h5", "w") as file:
            file["images"], file["split"] = images, split
            file.attrs["format_version"] = 1
        return str(tmp_path / "packed.h5")

    data = open_data(write(images))
    assert (data.channels, data.size, len(data.train), len(data.validation)) == (3, 16, 16, 4)
    batch = data.batch(data.validation, (0, 1))
    assert torch.allclose(batch, torch.from_numpy(images[::5]).permute(0, 3, 1, 2) / 255)
    assert open_data(write(images), DataOptions(size=8, resize=True)).images.shape == (20, 3, 8, 8)
    with pytest.raises(BadInput, match="colour images"):
        open_data(write(images), DataOptions(channels=1))
    with pytest.raises(BadInput, match="not square RGB"):
        open_data(write(images[:, :8]))


@pytest.mark.parametrize("part", ["images", "split", "params", "palettes", "index", "sha256"])
@pytest.mark.parametrize("kind", ["group", "array", "number"])
def test_a_part_of_another_kind_is_one_line(tmp_path, part, kind):
    path = tmp_path / "a.h5"
    fractaldream.render(fractaldream.Recipe(n=20, size=16, iterations=500, min_visited=0), path)
    with h5py.File(path, "a") as file:
        del file[part]
        file[part] = np.zeros(3) if kind == "array" else 1
        if kind == "group":
            del file[part]
            file.create_group(part)
    for read in (lambda: open_data(str(path)), lambda: fractaldream.open(path).rgb(0)):
        try:
            read()
        except BadInput as error:
            assert str(path) in str(error) or "palette" in str(error)
            assert "\n" not in str(error)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes here")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(BadInput, match="not a regular file; give a file"):
        open_data(str(tmp_path / "pipe"))


def test_the_recipe_is_read_and_the_colours_of_levels(tmp_path):
    path = write_dataset(tmp_path / "a.h5")
    for recipe, law in (('{"law": "fdd"}', "fdd"), ('{"n": 3}', None), ("[1]", None), ("{", None)):
        with h5py.File(path, "r+") as file:
            file.attrs["recipe"] = recipe
            table = file["palettes/kbc"][:]
        levels = open_data(str(path), DataOptions(channels=1))
        assert levels.facts.get("law") == law
        assert levels.facts.get("recipe") == ({"law": law} if law else None)
        assert np.array_equal(levels.colours.numpy(), table)
        assert open_data(str(path)).colours is None
