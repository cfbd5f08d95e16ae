import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def reference() -> Path:
    """Real data made by others."""
    folder = os.environ.get("FRACTALDREAM_REFERENCE")
    if not folder:
        pytest.skip("FRACTALDREAM_REFERENCE is unset: no reference data here")
    return Path(folder)
