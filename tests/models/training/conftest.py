"""Fixtures of the tests of training."""

import pytest

from models_files import write_dataset


@pytest.fixture
def dataset(tmp_path):
    return str(write_dataset(tmp_path / "data.h5"))
