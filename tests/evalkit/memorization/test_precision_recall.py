"""Precision, recall, density and coverage equal their slow twins."""

import numpy as np
import pytest

from evalkit.memorization.precision_recall import prdc
from fractaldream_base.errors import BadInput


def naive_prdc(real, fake, k):
    """Plain loops over the definitions."""

    def distance(a, b):
        return np.linalg.norm(a - b)

    def radius(points, i):
        return sorted(distance(points[i], p) for j, p in enumerate(points) if j != i)[k - 1]

    of_real = [radius(real, i) for i in range(len(real))]
    of_fake = [radius(fake, i) for i in range(len(fake))]
    inside = [[distance(r, f) <= of_real[i] for i, r in enumerate(real)] for f in fake]
    recalled = [any(distance(r, f) <= of_fake[j] for j, f in enumerate(fake)) for r in real]
    covered = [any(row[i] for row in inside) for i in range(len(real))]
    return (
        np.mean([any(row) for row in inside]),
        np.mean(recalled),
        np.sum(inside) / (k * len(fake)),
        np.mean(covered),
    )


def test_manifold_figures():
    rng = np.random.default_rng(0)
    real, fake = rng.standard_normal((40, 3)), rng.standard_normal((30, 3)) * 0.8 + 0.3
    p = prdc(real=real, generated=fake, k=3)
    figures = (p.precision, p.recall, p.density, p.coverage)
    assert np.allclose(figures, naive_prdc(real, fake, 3))
    same = prdc(real=real, generated=real, k=3)
    assert (same.precision, same.recall, same.coverage) == (1, 1, 1)
    far = prdc(real=real, generated=fake + 100, k=3)
    assert (far.precision, far.recall, far.density, far.coverage) == (0, 0, 0, 0)
    with pytest.raises(BadInput, match="k = 40"):
        prdc(real=real, generated=fake, k=40)
