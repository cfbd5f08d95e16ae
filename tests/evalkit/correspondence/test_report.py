"""The report and the table."""

import dataclasses
import re

from evalkit.correspondence.report import page


def test_the_page_needs_nothing_else_and_shows_names_as_text(planted):
    hostile = dataclasses.replace(planted, generator="<script>alert(1)</script>")
    text = page([hostile, planted])
    assert "<script" not in text and "&lt;script" in text
    assert not re.search(r'(?:src|href)=(?!"data:)', text)
    assert planted.verdict in text and "Across 2 generators" in text
    assert planted.verdict in str(planted)
