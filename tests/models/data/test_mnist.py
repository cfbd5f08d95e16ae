"""MNIST from its IDX files."""

import numpy as np
import pytest

from fractaldream_models.data.sources import DataOptions, open_data
from models_files import write_mnist


@pytest.mark.parametrize("compress", [True, False])
def test_mnist_from_idx_files(tmp_path, compress):
    images = write_mnist(tmp_path / "idx", compress=compress)
    data = open_data("mnist", DataOptions(root=tmp_path / "idx", part="test", held_out=0.2))
    assert (len(data.train), len(data.validation), data.classes) == (40, 10, 10)
    row = int(data.train[7])
    assert np.array_equal(data.images[row, 0].numpy(), images[row]) and data.labels[row] == row % 10


def test_the_reference_mnist_gives_nine_thousand_and_one(reference):
    data = open_data("mnist", DataOptions(root=reference / "mnist", part="test"))
    assert (len(data.train), len(data.validation)) == (9000, 1000)
