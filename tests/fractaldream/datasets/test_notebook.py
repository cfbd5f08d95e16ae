"""Tables of results, in a notebook and in a terminal."""

import pytest

from fractaldream.datasets.notebook import WIDTH, NotebookResult, Table, TableColumn

TABLE = Table(
    "Two <runs>.",
    (TableColumn("run"), TableColumn("speed", "images/s", "higher"), TableColumn("left")),
    (("a&b", 1234.5, None), ("c", 2.0, True)),
    ("A note " + "of many words " * 20,),
)


class Runs(NotebookResult):
    def table(self):
        return TABLE


def test_a_terminal_has_titles_units_directions_and_notes():
    lines = str(Runs()).splitlines()
    assert lines[0] == "Two <runs>." and lines[1] == ""
    assert lines[2].split() == ["run", "speed", "left"]
    assert lines[3].split() == ["unit:", "images/s"]
    assert lines[4].split() == ["better:", "higher"]
    assert lines[5].split() == ["a&b", "1,234", "-"] and lines[6].split() == ["c", "2", "yes"]
    assert max(map(len, lines)) <= WIDTH and "A note" in str(Runs())


def test_html_is_escaped_and_has_a_row_for_each_row():
    html = Runs()._repr_html_()
    assert "Two &lt;runs&gt;." in html and "a&amp;b" in html and html.count("<tr>") == 3
    assert "speed<br><small>images/s, higher is better</small>" in html
    assert "<p>A note" in html


def test_pandas_has_the_values_as_they_are():
    pytest.importorskip("pandas", reason="needs pandas")
    frame = Runs().to_dataframe()
    assert frame["speed"].tolist() == [1234.5, 2.0] and frame["run"].tolist() == ["a&b", "c"]


def test_a_result_must_say_what_its_table_is():
    with pytest.raises(NotImplementedError):
        NotebookResult().table()
