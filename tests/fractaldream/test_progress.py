"""Progress on stderr."""

import fractaldream as fd
from fractaldream_base import progress

FAST = {"iterations": 3000, "size": 64, "min_visited": 0.05}


def test_progress_says_what_is_done_and_how_fast(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(progress, "LINES", 0.0)
    fd.render(fd.Recipe(n=40, **FAST), tmp_path / "a.h5", progress=True)
    said = capsys.readouterr().err
    assert "rendering: 100%" in said and "40/40" in said and "images/s" in said
