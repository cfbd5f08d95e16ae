"""The page as one file."""

import re

import pytest

from evalkit.explorer.content import prepare
from evalkit.explorer.static import write_static
from evalkit.inputs.model import open_model
from explorer_pages import SMALL, write_model
from fractaldream_base.errors import BadInput


def test_the_file_needs_no_other_and_its_size_is_returned(tmp_path):
    content = prepare(open_model(write_model(tmp_path / "m.pt")), options=SMALL)
    size = write_static(content, tmp_path / "page.html")
    assert size == (tmp_path / "page.html").stat().st_size
    text = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"<(?:script|link|img) [^>]*(?:src|href)=[\"']?(?:https?:)?//", text)
    assert "connect-src 'none'" in text  # and may ask for none
    with pytest.raises(BadInput):
        write_static(content, tmp_path / "none" / "page.html")
