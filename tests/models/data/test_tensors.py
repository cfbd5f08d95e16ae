"""Images as tensors: uint8 in memory, coloured when they are used."""

import hashlib

import pytest
import torch

from fractaldream_models.data import tensors
from fractaldream_models.data.tensors import Data


@pytest.fixture
def levels():
    """Four images of one level each, and a palette that makes blue of level 1."""
    images = torch.arange(4, dtype=torch.uint8)[:, None, None, None].repeat(1, 1, 8, 8)
    palette = torch.zeros(256, 3, dtype=torch.uint8)
    palette[1] = torch.tensor([0, 0, 255])
    return Data(images, torch.arange(3), torch.tensor([3]), palette=palette)


def test_levels_are_coloured_in_the_range_that_is_asked_for(levels):
    assert (levels.size, levels.channels) == (8, 3)
    batch = levels.batch(torch.tensor([1, 0]), (-1, 1))
    assert batch.shape == (2, 3, 8, 8) and batch.dtype == torch.float32
    assert batch[0, :, 0, 0].tolist() == [-1, -1, 1] and batch[1].unique().tolist() == [-1]
    assert levels.batch(torch.tensor([1]), (0, 1))[0, :, 0, 0].tolist() == [0, 0, 1]
    assert levels.images.unique().tolist() == [0, 1, 2, 3]  # left as they were


def test_images_are_coloured_before_they_are_resized(levels):
    small = tensors.resized(levels, 4)
    assert small.palette is None and small.images.shape == (4, 3, 4, 4)
    assert small.images[1, :, 0, 0].tolist() == [0, 0, 255]


def test_a_split_is_the_same_in_every_run_and_whole():
    train, held_out = tensors.split_rows(50, 0.2)
    again = tensors.split_rows(50, 0.2)
    assert torch.equal(train, again[0]) and len(held_out) == 10
    assert torch.cat([train, held_out]).sort().values.tolist() == list(range(50))
    assert train.tolist() == sorted(train.tolist())


def test_parameters_are_standardised_by_the_training_rows_and_lead_back():
    params = torch.tensor([[1.0, 5.0], [3.0, 5.0], [9.0, 5.0]], dtype=torch.float64)
    units, facts = tensors.standardised(params, params[:2], ("a", "b"))
    assert units[:, 0].tolist() == [-1, 1, 7] and units[:, 1].tolist() == [0, 0, 0]
    assert facts["param_names"] == ["a", "b"] and facts["param_scale"] == [1, 1]
    data = Data(torch.zeros(3, 1, 8, 8), *[torch.arange(3)] * 2, params=units, facts=facts)
    assert torch.equal(data.in_units(), params)
    assert Data(data.images, data.train, data.train).in_units() is None


def test_a_hash_is_of_the_bytes_of_the_images(levels):
    view = levels.images.transpose(0, 1)
    expected = hashlib.sha256(view.contiguous().numpy().tobytes()).hexdigest()
    assert tensors.sha256_of(view) == expected
