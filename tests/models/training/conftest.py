"""Fixtures of the tests of training."""

import h5py
import numpy as np
import pytest

from models_files import write_dataset


@pytest.fixture
def dataset(tmp_path):
    return str(write_dataset(tmp_path / "data.h5"))


@pytest.fixture
def pairs_file(tmp_path):
    """A data set whose rows 2i and 2i + 1 share three parameters, but for the last pair."""
    path = write_dataset(tmp_path / "pairs.h5")
    rng = np.random.default_rng(1)
    with h5py.File(path, "r+") as file:
        params = file["params"][:]
        for i in range(0, 58, 2):
            columns = rng.permutation(6)[:3]
            params[i + 1, columns] = params[i, columns]
        file["params"][:] = params
        file["split"][:] = np.arange(60) // 2 % 5 == 0
    return str(path)
