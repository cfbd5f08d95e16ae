"""What the cache folder holds, and how it is emptied."""

import json

import pytest
from click.testing import CliRunner

from fractaldream.cli import cli
from fractaldream.installation import cache_contents

MINE = ("notes.txt", "data.h5", "runs/ckpt.pt", "MNIST/raw/x")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache with some of everything, files of the user, and links out of it."""
    folder, outside = tmp_path / "cache", tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("precious")
    for name in ("compiled/a.bin", "compiled/b.bin", "inverse-1-2.pt", "features-3.pt",
                 ".features-4.pt.77", "map-5.json", "fetched-mnist/MNIST/x", *MINE):  # fmt: skip
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"12345")
    (folder / "compiled" / "link").symlink_to(outside)
    (folder / "inverse-link.pt").symlink_to(outside / "precious")
    (folder / "fetched-mnist" / "FashionMNIST").symlink_to(outside)
    monkeypatch.setenv("FRACTALDREAM_CACHE", str(folder))
    return folder


def run(*words, **more):
    return CliRunner().invoke(cli, ["doctor", *words], **more)


def test_clearing_removes_what_the_packages_keep_and_nothing_else(cache, tmp_path):
    values = json.loads(run("--clear-cache", "--yes", "--json").stdout)
    assert values["freed_bytes"] >= 7 * 5 and len(values["removed"]) == len(cache_contents.CONTENTS)
    left = sorted(str(p.relative_to(cache)) for p in cache.rglob("*") if p.is_file())
    assert left == sorted(MINE)
    assert (tmp_path / "outside" / "precious").read_text() == "precious"
    assert "0.0 MB freed" in run("--clear-cache", "--yes").stdout
