import numpy as np
import pytest

import fractaldream as fd

ROW = (-0.1, 0.2, -0.966918, 2.879879, -0.765145, 0.744728)


@pytest.fixture(scope="session")
def datasets(tmp_path_factory):
    """The library of Hugging Face, which may not use the network or the user's cache."""
    pytest.importorskip("pyarrow", reason="needs pyarrow")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HF_HUB_OFFLINE", "1")
        patch.setenv("HF_HOME", str(tmp_path_factory.mktemp("cache")))
        yield pytest.importorskip("datasets", reason="needs datasets: pip install datasets")


@pytest.fixture(scope="session")
def equal_rows(tmp_path_factory):
    """A data set of four rows, three of which are the same."""
    path = tmp_path_factory.mktemp("equal") / "equal.h5"
    rows = np.array([ROW, ROW, ROW, [0.1, *ROW[1:]]])
    recipe = fd.Recipe(law="params", size=32, iterations=4000)
    fd.render(recipe, path, params=rows)
    return path
