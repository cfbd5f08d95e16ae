"""Decisions are read as the page saved them, or refused in one line."""

import pytest

from evalkit.clean.decisions import Decision, read_decisions
from fractaldream_base.errors import BadInput

KEY = "0a" * 32


def test_the_later_of_two_decisions_about_the_same_pixels_holds(tmp_path):
    file = tmp_path / "d.csv"
    rows = [f"{KEY},drop,cut,a.png", f"file:{KEY},drop,,", f"{KEY},keep,,b.png"]
    file.write_text("\n".join(["sha256,decision,reason,path", *rows]), encoding="utf-8-sig")
    assert read_decisions(file) == {
        KEY: Decision(KEY, False, "", "b.png"),
        f"file:{KEY}": Decision(f"file:{KEY}", True, "", ""),
    }


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"path,decision\na.png,drop", "no column sha256"),
        (b"sha256,decision\nabc,drop", "line 2: 'abc'"),
        (f"sha256,decision\n{KEY},perhaps".encode(), "'perhaps'; give a SHA-256 and keep or drop"),
        (b"\xff\xfe\x00", "not a CSV file"),
    ],
)
def test_what_the_page_did_not_save_is_refused(tmp_path, content, words):
    (tmp_path / "d.csv").write_bytes(content)
    with pytest.raises(BadInput, match=words):
        read_decisions(tmp_path / "d.csv")


def test_a_missing_file_is_one_line(tmp_path):
    with pytest.raises(BadInput, match="no such file or directory; give"):
        read_decisions(tmp_path / "none.csv")
