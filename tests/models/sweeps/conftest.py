import pytest

from models_files import write_dataset
from small_sweeps import SPACE


@pytest.fixture
def place(tmp_path):
    (tmp_path / "space.toml").write_text(SPACE)
    write_dataset(tmp_path / "data.h5")
    return tmp_path
