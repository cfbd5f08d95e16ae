"""Fixtures of the tests of sample quality."""

import pytest

from evalkit.inputs.images import open_images
from models_files import write_mnist


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def digits(tmp_path):
    write_mnist(tmp_path / "idx", 500)
    return open_images("mnist", root=tmp_path / "idx", part="test")
