import h5py
import pytest

from fractaldream_base.notebook_figure import NotebookFigure
from fractaldream_models import pictures
from models_files import write_dataset


@pytest.fixture
def places(tmp_path):
    """Two data sets of one size, and the folder of both."""
    write_dataset(tmp_path / "coarse.h5", n=60)
    write_dataset(tmp_path / "fine.h5", n=40)
    with h5py.File(tmp_path / "fine.h5", "r+") as file:
        file["params"][:] += 0.1
    return tmp_path


@pytest.fixture
def curves():
    """Have the curves at the end of a run drawn."""


@pytest.fixture(autouse=True)
def plain_curves(request, monkeypatch):
    """Draw no curves at the end of a run, which take half the time of a short one."""
    if "curves" not in request.fixturenames:
        monkeypatch.setattr(
            pictures, "curves_figure", lambda rows, **options: NotebookFigure(figsize=(1, 1))
        )
