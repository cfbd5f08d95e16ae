"""Results that notebooks show as the command line prints them."""

from fractaldream_base.text_result import TextResult


class Lines(TextResult):
    def __str__(self):
        return "a < b\n  c & d"


def test_a_notebook_shows_the_lines_and_no_markup_of_theirs():
    html = Lines()._repr_html_()
    assert html.startswith("<pre") and html.endswith("</pre>")
    assert "a &lt; b\n  c &amp; d" in html and "<b" not in html
