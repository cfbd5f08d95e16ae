"""Fixtures of the tests of the installation."""

import pytest

from doctor_command import MINE


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache with some of everything, files of the user, and links out of it."""
    folder, outside = tmp_path / "cache", tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    for name in ("compiled/a.bin", "compiled/b.bin", "inverse-1-2.pt", "features-3.pt",
                 ".features-4.pt.77", "map-5.json", "two-sample-6.json",
                 "fetched-mnist/MNIST/x", *MINE):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    (folder / "compiled" / "link").symlink_to(outside)
    (folder / "inverse-link.pt").symlink_to(outside / "precious")
    (folder / "fetched-mnist" / "FashionMNIST").symlink_to(outside)
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(folder))
    return folder
