"""The picture of which latent stands for which factor."""

import numpy as np

from evalkit.disentanglement.figures import MOST_LATENTS, importance_figure


def panels(latents, factors):
    values = np.random.default_rng(0).uniform(size=(latents, len(factors)))
    figure = importance_figure(values.tolist(), values.tolist(), factors)
    return [axis for axis in figure.axes if axis.get_title()], values


def test_latents_are_rows_and_factors_columns():
    (information, importance), values = panels(3, ["a", "b"])
    for panel in (information, importance):
        assert np.array_equal(panel.images[0].get_array(), values)
        assert [label.get_text() for label in panel.get_xticklabels()] == ["a", "b"]
        assert panel.get_xticklabels()[0].get_rotation() == 0
    assert information.get_ylabel() == "latent"


def test_of_many_latents_the_most_important_are_shown_in_order():
    (_, importance), values = panels(MOST_LATENTS + 5, ["a", "b"])
    shown = [int(label.get_text()) for label in importance.get_yticklabels()]
    assert len(shown) == MOST_LATENTS and shown == sorted(shown)
    left_out = sorted(set(range(MOST_LATENTS + 5)) - set(shown))
    assert values[left_out].sum(1).max() <= values[shown].sum(1).min()


def test_long_names_stand_upright():
    panel = panels(2, [f"a long name {k}" for k in range(6)])[0][0]
    assert panel.get_xticklabels()[0].get_rotation() == 90
