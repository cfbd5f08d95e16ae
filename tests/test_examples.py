"""The examples in docstrings run as they are printed, in an empty folder."""

import doctest
import importlib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FOLDERS = {"fractaldream": ROOT, "evalkit": ROOT, "fractaldream_models": ROOT / "models"}
PATHS = {
    ".".join(path.relative_to(folder).with_suffix("").parts): path
    for package, folder in FOLDERS.items()
    for path in sorted((folder / package).rglob("*.py"))
}


@pytest.mark.parametrize(
    "name", [name for name, path in PATHS.items() if ">>>" in path.read_text()]
)
def test_examples_give_what_they_say(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert doctest.testmod(importlib.import_module(name)).failed == 0
