"""The picture of a plane."""

import numpy as np
import pytest

from evalkit.latent_space.grid_figure import TICKS, draw_grid
from evalkit.latent_space.plane import Plane

UNIT = np.eye(3)


def plane(**marks):
    return Plane("axes z0 and z1", np.zeros(3), UNIT[0], UNIT[1], "z0", "z1", **marks)


@pytest.mark.parametrize("n", [5, 40])
def test_round_coordinates_stand_at_their_places(n):
    at = np.linspace(-2.2, 2.2, n)
    picture = np.zeros((n * 4, n * 4, 3), np.uint8)
    (axes,) = draw_grid(picture, at, plane(), None, name="vae").axes
    places, labels = axes.get_xticks(), [text.get_text() for text in axes.get_xticklabels()]
    assert np.interp(places, np.arange(n), at) == pytest.approx([float(text) for text in labels])
    assert 3 <= len(places) <= TICKS and all(len(text) <= 4 for text in labels)
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("z0", "z1")
    assert f"vae: {n} x {n} decodings" in axes.get_title()


def test_names_of_classes_and_of_places_are_shown():
    answers = np.array([["one", "one", "two"]] * 3, object)
    marked = plane(marks=np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), names=("p", "q", "r"))
    figure = draw_grid(np.zeros((12, 12, 3), np.uint8), np.array([0, 0.5, 1]), marked, answers,
                       name="vae")  # fmt: skip
    (axes,) = figure.axes
    texts = " ".join(text.get_text() for text in axes.texts)
    assert all(name in texts for name in ("one", "two", "p", "q", "r"))
    assert "answer changes" in axes.get_title()
