"""Figures that notebooks show, without pyplot."""

import subprocess
import sys

from fractaldream_base.notebook_figure import NotebookFigure, png_of


def test_names_are_shown_as_they_are():
    figure = NotebookFigure()
    axes = figure.subplots()
    axes.set_title("$a$ and \udce9")  # no mathematics, and a byte that is no text
    assert figure._repr_png_() == png_of(figure)
    assert png_of(figure).startswith(b"\x89PNG")
    assert axes.get_title() == "$a$ and \\xe9" and not axes.title.get_parse_math()


def test_a_letter_that_no_font_has_is_a_box_without_a_warning(recwarn):
    figure = NotebookFigure()
    figure.subplots().set_title("\u732b")  # the Chinese word for cat
    assert png_of(figure) and not recwarn.list


def test_powers_of_ten_stay_mathematics():
    figure = NotebookFigure()
    axes = figure.subplots()
    axes.set_xscale("log")
    axes.plot([1, 1000], [1, 2])
    png_of(figure)
    labels = [label for label in axes.get_xticklabels() if "mathdefault" in label.get_text()]
    assert labels and all(label.get_parse_math() for label in labels)


def test_pyplot_stays_where_it_is():
    code = (
        "import sys; from fractaldream_base.notebook_figure import NotebookFigure as N; "
        "N().subplots().plot([1]); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=100)
