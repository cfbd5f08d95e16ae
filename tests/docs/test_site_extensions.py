"""Extensions of the site: formulas and printed results as they are meant."""

import importlib.util
from pathlib import Path

import pytest

EXTENSIONS = Path(__file__).parents[2] / "docs" / "_ext"


def extension(name):
    """Return a module of docs/_ext; skip where the extra docs is not installed."""
    pytest.importorskip("myst_nb", reason="needs the extra docs")
    spec = importlib.util.spec_from_file_location(name, EXTENSIONS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pieces_of_a_stream_follow_one_another_without_a_break():
    node = importlib.import_module("nbformat").NotebookNode
    pieces = [("stdout", "459 for few p"), ("stderr", "a warning\n"), ("stdout", "ixels\n  more")]
    outputs = [node(output_type="stream", name=name, text=text) for name, text in pieces]
    joined = extension("joined_streams").join_streams(outputs)
    assert [output.text for output in joined] == ["459 for few pixels\n  more", "a warning\n"]


def test_a_formula_is_a_picture_that_says_what_it_shows():
    drawn = extension("mathtext").svg(r"p = \frac{1 + a}{m < 2}")
    assert drawn.startswith("<svg") and "m &lt; 2" in drawn and "currentColor" in drawn
    with pytest.raises(ValueError, match="Unknown symbol"):
        extension("mathtext").svg(r"\nosuchthing")
