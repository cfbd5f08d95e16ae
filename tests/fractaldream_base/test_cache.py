"""One cache folder for all packages."""

from pathlib import Path

import pytest
import torch

from fractaldream_base.cache import cache_folder
from fractaldream_base.errors import BadInput
from fractaldream_models.data.sources import DataOptions, open_data


def test_the_cache_folder_is_the_named_one_or_the_users(monkeypatch):
    monkeypatch.setenv("FRACTALDREAM_CACHE", "/some/where")
    assert cache_folder() == Path("/some/where")
    monkeypatch.delenv("FRACTALDREAM_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/user/cache")
    assert cache_folder() == Path("/user/cache/fractaldream")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder() == Path.home() / ".cache" / "fractaldream"


def test_mnist_is_fetched_into_the_cache_folder(monkeypatch, tmp_path):
    torchvision = pytest.importorskip("torchvision")
    folders = []

    class Fetched:
        def __init__(self, root, *, train, download):
            folders.append(root)
            self.data = torch.zeros(20, 28, 28, dtype=torch.uint8)
            self.targets = torch.arange(20) % 10

    monkeypatch.setenv("FRACTALDREAM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(torchvision.datasets, "MNIST", Fetched)
    assert len(open_data("mnist").train) == 18 and folders == [tmp_path / "cache" / "fetched-mnist"]

    class Offline:
        def __init__(self, *_, **__):
            raise RuntimeError("no network")

    monkeypatch.setattr(torchvision.datasets, "MNIST", Offline)
    with pytest.raises(BadInput, match="cannot be fetched"):
        open_data("mnist", DataOptions(part="test"))
