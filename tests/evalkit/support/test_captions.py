"""Names as pictures show them: any name can be shown, and none is too long."""

from hypothesis import given
from hypothesis import strategies as st

from evalkit.support.captions import plain, short_names, shortened


@given(st.lists(st.text(max_size=60), max_size=12), st.integers(8, 30))
def test_short_names_differ_and_fit(names, letters):
    short = short_names(names, letters)
    assert len(set(short)) == len(names) and all(len(name) <= letters for name in short)


@given(st.text(alphabet=st.characters(codec=None), max_size=80))
def test_a_plain_text_is_one_line_that_can_be_written(text):
    assert "\n" not in plain(text)
    assert plain(text).encode() is not None
    assert len(shortened(text, 12)) <= 12
