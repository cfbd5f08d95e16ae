"""Classes are told apart by colour and marker."""

import pytest

from evalkit.explorer.colours import UNKNOWN, colour_of, marker_of


def test_a_hundred_classes_differ_in_colour_or_marker():
    assert len({(colour_of(label), marker_of(label)) for label in range(110)}) == 110
    assert len({colour_of(label) for label in range(10)}) == 10


@pytest.mark.parametrize("label", [-1, -7])
def test_points_without_a_class_are_blue_circles(label):
    assert (colour_of(label), marker_of(label)) == (UNKNOWN, "circle")
