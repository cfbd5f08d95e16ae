"""A published decision file holds keys, decisions and words, and nothing else."""

import csv
from pathlib import Path

import pytest

import kaggle_server
from publishing_files import one_line

pytest.importorskip("kaggle")
pytest.importorskip("mlcroissant")

from fractaldream.publishing import decisions

KEYS = ["0" * 64, "file:" + "1" * 64, "2" * 64]


def write_decisions(path, *rows):
    with Path(path).open("w", newline="") as file:
        csv.writer(file).writerows([decisions.FIELDS, *rows])


def test_decisions_are_published_as_what_they_are(site, run):
    write_decisions(
        "simpsons.csv", (KEYS[0], "drop", "text, mostly", "a.png"), (KEYS[1], "keep", "", "b.png")
    )
    words = ("publish", "simpsons.csv", "--to", "kaggle", "--owner", kaggle_server.USER)
    sent = run(*words, "--slug", "simpsons-decisions", "--quiet")
    assert sent[0] == 0, sent
    version = site.entries[f"{kaggle_server.USER}/simpsons-decisions"].versions[0]
    assert set(version) == {"README.md", "SHA256SUMS", "croissant.json", "decisions.csv"}
    assert b"1 kept and 1 dropped" in version["README.md"]
    assert b"| text, mostly | 1 |" in version["README.md"]
    assert b"evalkit clean apply images decisions.csv --out cleaned\n" in version["README.md"]
    assert decisions.read("simpsons.csv") == decisions.read(
        "simpsons-decisions-kaggle/decisions.csv"
    )
    fetched = run("fetch", f"{kaggle_server.USER}/simpsons-decisions", "--out", "back", "--quiet")
    assert fetched[0] == 0, fetched

    from evalkit.clean.decisions import read_decisions

    assert read_decisions("back/decisions.csv") == read_decisions("simpsons.csv")


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (("no", "drop", "", ""), "line 2"),
        ((KEYS[0], "perhaps", "", ""), "perhaps"),
        ((KEYS[0], "drop", "x" * 301, ""), "give words"),
        ((KEYS[0], "drop", "", "data:image/png;base64,AA"), "give words"),
        ((KEYS[0], "drop", "", "/home/me/a.png"), "a place on one machine"),
        ((KEYS[0], "drop", "", "C:\\Users\\me\\a.png"), "a place on one machine"),
        ((KEYS[0], "drop", "", "", "iVBORw0KGgo"), "more values than columns"),
    ],
)
def test_decisions_that_hold_anything_else_are_refused(run, row, message):
    write_decisions("decisions.csv", row)
    assert message in one_line(run("publish", "decisions.csv", "--to", "folder", "--quiet"))
    assert not Path("decisions-folder").exists()


def test_a_table_that_holds_no_decisions_is_refused(run):
    Path("other.csv").write_text("a,b\n1,2\n")
    assert "evalkit clean" in one_line(run("publish", "other.csv", "--to", "folder"))
    Path("other.csv").write_text("sha256,decision,image\n")
    assert "column image" in one_line(run("publish", "other.csv", "--to", "folder"))
    write_decisions("other.csv")
    assert "no decision in it" in one_line(run("publish", "other.csv", "--to", "folder"))
