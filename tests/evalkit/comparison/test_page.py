"""The page: figures by latent size, the best of each column marked."""

import re

from comparison_rows import comparison_of_sizes
from evalkit.comparison.page import render_page


def test_the_best_of_a_grid_of_latent_sizes_is_marked():
    text = render_page(comparison_of_sizes())
    assert "<th class=n>L = 200" in text and "vae, tanh" in text
    line = re.search(r"vae, relu<td(.*?)</table>", text.split("<h3>Frechet")[1], re.S)[1]
    assert "50.000" in line and "<td class='n best'>0.500" in text
