"""The explorer as a function: the page of a notebook."""

import numpy as np
import pytest

from evalkit.explorer.exploration import explore
from evalkit.explorer.options import ExploreOptions
from explorer_pages import write_model
from fractaldream_base.errors import BadInput


def test_a_notebook_writes_a_page_and_has_its_content(family, tmp_path):
    options = ExploreOptions(grid=4, points=20, planes=("components",))
    content = explore(*family, static=tmp_path / "look.html", options=options)
    assert (tmp_path / "look.html").stat().st_size > 1e6
    assert content.points.codes.shape == (20, 6) and list(content.planes) == [("components", 0)]
    assert str(content) == f"{family[0]}: 20 codes of the data; components"


def test_samples_of_a_function_are_shown():
    content = explore(lambda z: np.full((len(z), 8, 8), 0.5), options=ExploreOptions(4, (), 20))
    assert content.data is None and len(content.points.rows) == 20


def test_what_cannot_be_shown_or_written(tmp_path):
    path = write_model(tmp_path / "m.pt")
    with pytest.raises(BadInput, match="--grid"):
        explore(path, options=ExploreOptions(grid=1))
    with pytest.raises(BadInput, match="folder does not exist"):
        explore(path, static=tmp_path / "none" / "x.html")
    assert not list(tmp_path.glob("*.html"))
