"""Figures by latent size."""

from comparison_rows import rows_of_sizes
from evalkit.comparison.columns import COLUMNS
from evalkit.comparison.figures import grid


def test_a_grid_of_latent_sizes_and_activations():
    sizes, values = grid(rows_of_sizes(), COLUMNS["frechet"])
    assert sizes == [2, 10, 100, 200]
    assert values["vae, tanh"] == [51, 11, 2, 1.5] and values["vae, relu"][3] == 0.5
    assert values["dcgan4, relu"] == [None, None, 4, None]  # the mean of two seeds
