"""Docstrings of front doors: every parameter is described, in the order of the signature."""

import inspect

import pytest

import evalkit
from evalkit.support.docstrings import TEXTS, shared_parameters

FRONT_DOORS = (
    "arithmetic", "classifier", "correspond", "disentangle", "explore", "grid", "interpolate",
    "neighbours", "project", "quality",
)  # fmt: skip


@pytest.mark.parametrize("name", FRONT_DOORS)
def test_every_parameter_is_described_in_order(name):
    function = getattr(evalkit, name)
    section = inspect.getdoc(function).split("Parameters\n----------\n")[1].split("\n\n")[0]
    described = [line for line in section.splitlines() if not line.startswith(" ")]
    assert described == list(inspect.signature(function).parameters)


def test_what_a_docstring_says_itself_stays():
    @shared_parameters
    def function(model, own, progress=False):
        """Do it.

        Parameters
        ----------
        own
            Of this function.
        progress
            Say so.

        Returns
        -------
        int
        """

    doc = inspect.getdoc(function)
    assert f"model\n    {TEXTS['model']}\nown\n    Of this function.\nprogress\n    Say so." in doc
    assert doc.endswith("Returns\n-------\nint")


def test_a_function_without_a_docstring_stays_without_one():
    def function(model): ...

    assert shared_parameters(function).__doc__ is None
