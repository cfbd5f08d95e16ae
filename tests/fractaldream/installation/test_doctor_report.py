"""`fractaldream doctor`: what it reports, and what it may remove."""

import json
import sys

from doctor_command import MINE, run
from fractaldream.installation import cache_contents
from fractaldream.installation import doctor_report as installation


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
