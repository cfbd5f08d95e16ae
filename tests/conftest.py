import os
from pathlib import Path

import pytest

pytest_plugins = ["publishing_files"]


@pytest.fixture(scope="session")
def reference() -> Path:
    """Real data made by others."""
    folder = os.environ.get("FRACTALDREAM_REFERENCE")
    if not folder:
        pytest.skip("FRACTALDREAM_REFERENCE is unset: no reference data here")
    return Path(folder)


@pytest.fixture(scope="session")
def fd():
    """FD at 32 px, grey, in few points: the map that the correspondence tests ask about."""
    from dataclasses import replace

    from evalkit.correspondence.family import renderer_of

    small = renderer_of(None, mapping="standard", size=32, colour=False)
    return replace(small, recipe=replace(small.recipe, iterations=10_000))


@pytest.fixture(scope="session")
def learnt(fd):
    """An inverse renderer of `fd` and its figures, learnt in some seconds."""
    from evalkit.correspondence.inverse import train

    return train(fd, renderings=40_000, progress=False)
