"""Bars are drawn for commands, and not for notebooks that did not ask."""

from evalkit.clean.progress import progress_bar, progress_shown
from fractaldream_base import progress


def test_bars_are_shown_inside_and_not_outside(capsys, monkeypatch):
    monkeypatch.setattr(progress, "LINES", 0.0)  # seconds before a bar that no terminal shows
    assert list(progress_bar(range(3), "read")) == [0, 1, 2]
    assert capsys.readouterr().err == ""
    with progress_shown(True):
        assert list(progress_bar(iter("ab"), "read", 2)) == ["a", "b"]
    assert "read" in capsys.readouterr().err
    with progress_shown(True), progress_shown(False):
        list(progress_bar(range(3), "read"))
    assert capsys.readouterr().err == ""
