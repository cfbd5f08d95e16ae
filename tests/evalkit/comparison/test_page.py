"""The page and the table: figures by latent size, the best of each column marked."""

import re

import numpy as np

from evalkit.comparison.columns import COLUMNS
from evalkit.comparison.figures import grid
from evalkit.comparison.options import CompareOptions
from evalkit.comparison.page import render_page
from evalkit.comparison.results import Comparison
from evalkit.comparison.row import Row


def row(kind, latent, activation, **figures):
    name = f"{kind}-{latent}-{activation}"
    return Row(name, f"{name}/ckpt.pt", kind, latent, activation, 28, 1, 1, figures, {}, ())


def test_a_grid_of_latent_sizes_and_activations():
    rows = [
        row("vae", size, activation, frechet=100 / size + (activation == "tanh"))
        for size in (2, 10, 100, 200)
        for activation in ("relu", "tanh")
    ]
    rows += [row("dcgan4", 100, "relu", frechet=3.0), row("dcgan4", 100, "relu", frechet=5.0)]
    rows[-1] = Row(**{**rows[-1].__dict__, "run": "seed 2"})
    sizes, values = grid(rows, COLUMNS["frechet"])
    assert sizes == [2, 10, 100, 200]
    assert values["vae, tanh"] == [51, 11, 2, 1.5] and values["vae, relu"][3] == 0.5
    assert values["dcgan4, relu"] == [None, None, 4, None]  # the mean of two seeds
    samples = {r.run: np.zeros((16, 8, 8, 3), np.uint8) for r in rows}
    comparison = Comparison("mnist", CompareOptions(), tuple(rows), samples)
    text = render_page(comparison)
    assert "<th class=n>L = 200" in text and "vae, tanh" in text
    line = re.search(r"vae, relu<td(.*?)</table>", text.split("<h3>Frechet")[1], re.S)[1]
    assert "50.000" in line and "<td class='n best'>0.500" in text
    lines = str(comparison).splitlines()
    assert len({len(line.rstrip("* ")) > 20 for line in lines[3:]}) == 1
    assert sum("0.500*" in line for line in lines) == 1
