"""Rows of a comparison, by latent size and activation."""

from dataclasses import replace

import numpy as np

from evalkit.comparison.options import CompareOptions
from evalkit.comparison.results import Comparison
from evalkit.comparison.row import Row


def row(kind, latent, activation, **figures):
    name = f"{kind}-{latent}-{activation}"
    return Row(name, f"{name}/ckpt.pt", kind, latent, activation, 28, 1, 1, figures, {}, ())


def rows_of_sizes():
    rows = [
        row("vae", size, activation, frechet=100 / size + (activation == "tanh"))
        for size in (2, 10, 100, 200)
        for activation in ("relu", "tanh")
    ]
    first, second = (row("dcgan4", 100, "relu", frechet=value) for value in (3.0, 5.0))
    return (*rows, first, replace(second, run="seed 2"))


def comparison_of_sizes():
    rows = rows_of_sizes()
    samples = {r.run: np.zeros((16, 8, 8, 3), np.uint8) for r in rows}
    return Comparison("mnist", CompareOptions(), rows, samples)
