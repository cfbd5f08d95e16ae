"""The report and the table."""

import dataclasses
import re

from evalkit.correspondence.replicates import ReplicatesResult
from evalkit.correspondence.report import page


def test_the_page_needs_nothing_else_and_shows_names_as_text(planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    text = page([hostile, planted])
    assert "<script" not in text and "&lt;script" in text
    assert not re.search(r'(?:src|href)=(?!"data:)', text)
    assert planted.verdict in text and "Across 2 generators" in text
    assert planted.verdict in str(planted)
    assert text.index("<img") < text.index("<table")  # pictures first


def test_a_small_p_beside_no_is_explained_by_the_adjusted_one(planted):
    identity = dataclasses.replace(planted.identity, p_value=0.049, p_adjusted=0.196)
    level = dataclasses.replace(planted.method.options, alpha=0.05)
    method = dataclasses.replace(planted.method, options=level)
    text = str(dataclasses.replace(planted, identity=identity, method=method))
    (row,) = (line for line in text.splitlines() if line.startswith("1 same image"))
    assert row.split()[-5:] == ["0.049", "0.196", ">", "0.05", "no"]


def test_notebooks_show_the_answer_the_rungs_and_the_pictures(planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    shown = hostile._repr_html_()
    assert "<script" not in shown and shown.count("<tr>") == 1 + len(planted.rungs)
    assert "score<br><small>higher is better</small>" in shown
    assert planted.plot()._repr_png_().startswith(b"\x89PNG")
    both = ReplicatesResult((planted, hostile))
    assert "mean effect<br><small>higher is better</small>" in both._repr_html_()
    assert both.plot()._repr_png_().startswith(b"\x89PNG")
