"""`fractaldream doctor`: what it reports, and what it may remove."""

import json
import sys

import pytest
from click.testing import CliRunner

from fractaldream.cli import cli
from fractaldream.installation import cache_contents
from fractaldream.installation import doctor_report as installation

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


def test_the_report_names_what_is_installed_and_what_the_cache_holds(cache):
    values = json.loads(run("--json").stdout)
    assert values["versions"]["python"] == sys.version.split()[0]
    assert values["threads"] >= 1 and set(values["features"]) == set(installation.FEATURES)
    assert {"sweep", "parquet", "video"} <= set(values["missing"]) and "dev" not in values[
        "missing"
    ]
    assert values["facts"]["PyTorch"]["threads"]
    held = {content["name"]: content for content in values["contents"]}
    assert held["compiled code"]["files"] == 3 and held[cache_contents.OTHER]["files"] == len(MINE)
    text = run().stdout
    assert str(cache) in text and "compiled code, 3 files" in text and "PyTorch" in text


def test_a_package_that_cannot_say_is_a_fact(monkeypatch):
    from importlib.metadata import EntryPoint

    broken = [EntryPoint("broken", "no.such.module:facts", installation.GROUP)]
    monkeypatch.setattr(installation.importlib.metadata, "entry_points", lambda group: broken)
    assert "no.such" in installation.doctor().facts["broken"]["problem"]


def test_clearing_asks_where_it_can_and_refuses_where_it_cannot(cache):
    before = sorted(cache.rglob("*"))
    result = run("--clear-cache")
    assert "--yes" in str(result.exception) and sorted(cache.rglob("*")) == before


def test_yes_alone_is_refused(cache):
    assert "--clear-cache" in str(run("--yes").exception)


def test_an_answer_of_no_removes_nothing(cache, monkeypatch):
    before = sorted(cache.rglob("*"))
    monkeypatch.setattr("fractaldream.installation.cli._can_ask", lambda: True)
    result = run("--clear-cache", input="n\n")
    assert result.exit_code == 0 and "Remove all of it?" in result.stderr
    assert sorted(cache.rglob("*")) == before
    result = run("--clear-cache", input="y\n")
    assert "freed" in result.stdout and not (cache / "compiled").exists()
