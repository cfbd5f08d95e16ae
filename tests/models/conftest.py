import h5py
import pytest

from models_files import write_dataset


@pytest.fixture
def places(tmp_path):
    """Two data sets of one size, and the folder of both."""
    write_dataset(tmp_path / "coarse.h5", n=60)
    write_dataset(tmp_path / "fine.h5", n=40)
    with h5py.File(tmp_path / "fine.h5", "r+") as file:
        file["params"][:] += 0.1
    return tmp_path
