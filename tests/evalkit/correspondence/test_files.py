"""Which files a run of several generators may replace without --force."""

import json

import pytest

from evalkit.correspondence.archive import load_results, save_results
from evalkit.correspondence.cli import _check_files
from evalkit.correspondence.map_scores import load_scores
from evalkit.correspondence.options import CorrespondOptions
from evalkit.correspondence.report import is_report_of
from fractaldream_base.errors import BadInput
from fractaldream_base.output import OutputOptions
from invented_result import invented_result

OPTIONS = CorrespondOptions()


@pytest.fixture
def check(tmp_path):
    """Ask whether a call may write its files, after an interrupted one of a.pt and b.pt."""
    file = tmp_path / "out.json"
    file.write_text(json.dumps({"generators": [{"generator": "a.pt"}], "pending": ["b.pt"]}))
    part = tmp_path / "out.json.part"
    save_results({"key": invented_result("a.pt")}, part)

    def ask(*names, report=None, options=OPTIONS):
        return _check_files(OutputOptions(file), report, part, names, options)

    return ask


def test_the_same_call_goes_on(check):
    check("a.pt", "b.pt")
    check("b.pt", "c.pt", "a.pt")


@pytest.mark.parametrize(
    ("names", "options"),
    [
        (("a.pt", "c.pt"), OPTIONS),  # the result of b.pt would be lost
        (("b.pt", "c.pt"), OPTIONS),
        (("a.pt", "b.pt"), CorrespondOptions(n=64)),
    ],
)
def test_another_call_is_refused(check, names, options):
    with pytest.raises(BadInput, match="--force"):
        check(*names, options=options)


def test_other_files_are_refused(check, tmp_path):
    report = tmp_path / "mine.html"
    report.write_text("<h1>mine</h1>")
    with pytest.raises(BadInput, match=r"mine\.html: exists"):
        check("a.pt", "b.pt", report=report)
    (tmp_path / "out.json").write_text('{"generators": [{"generator": "a.pt"}], "pending": []}')
    with pytest.raises(BadInput, match=r"out\.json: exists"):
        check("a.pt", "b.pt")


def test_a_report_is_known_by_its_results(tmp_path):
    first, second = invented_result("a.pt"), invented_result("b.pt")
    page, answer = tmp_path / "out.html", f"<p class=verdict>{first.verdict}"
    page.write_text(f"<h2>a.pt</h2>{answer}<p>")
    assert is_report_of(page, [first, second])
    page.write_text(f"<h2>a.pt</h2>{answer}<p><h2>c.pt</h2>{answer}<p>")
    assert not is_report_of(page, [first, second])


@pytest.mark.parametrize("load", [load_scores, load_results])
def test_advice_about_a_kept_file_loses_nothing(tmp_path, load):
    (tmp_path / "kept").write_bytes(b"torn")
    with pytest.raises(BadInput, match="move it elsewhere, and it is computed anew"):
        load(tmp_path / "kept")
    (tmp_path / "folder").mkdir()
    with pytest.raises(BadInput, match="cannot be read"):
        load(tmp_path / "folder")
