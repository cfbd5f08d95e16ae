"""The report and the table."""

import dataclasses
import re

from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.report import is_report_of, page
from invented_result import invented_result


def test_the_page_needs_nothing_else_and_shows_names_as_text(planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    text = page([hostile, planted])
    assert "<script" not in text and "&lt;script" in text
    assert not re.search(r'(?:src|href)=(?!"data:)', text)
    assert planted.verdict in text and "Across 2 generators" in text
    assert planted.verdict in " ".join(str(planted).split())
    assert text.index("<img") < text.index("<table")  # pictures first


def test_notebooks_show_the_answer_the_rungs_and_the_pictures(planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    shown = hostile._repr_html_()
    assert "<script" not in shown and shown.count("<tr>") == 1 + len(planted.rungs)
    assert "score<br><small>higher is better</small>" in shown
    assert planted.plot()._repr_png_().startswith(b"\x89PNG")
    both = ReplicatesResult((planted, hostile))
    assert "mean effect<br><small>higher is better</small>" in both._repr_html_()
    assert both.plot()._repr_png_().startswith(b"\x89PNG")


def test_a_report_is_known_by_its_results(tmp_path):
    first, second = invented_result("a.pt"), invented_result("b.pt")
    page, answer = tmp_path / "out.html", f"<p class=verdict>{first.verdict}"
    page.write_text(f"<h2>a.pt</h2>{answer}<p>")
    assert is_report_of(page, [first, second])
    page.write_text(f"<h2>a.pt</h2>{answer}<p><h2>c.pt</h2>{answer}<p>")
    assert not is_report_of(page, [first, second])
