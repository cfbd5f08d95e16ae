"""Pictures of the nearest training images."""

import numpy as np

from evalkit.memorization.figures import MANIFOLD, neighbours_figure
from evalkit.memorization.precision_recall import Prdc
from evalkit.memorization.results import QUANTILES


def test_generated_images_stand_beside_never_seen_ones():
    generated, fresh = [0.1 * k for k in range(6)], [0.2 * k for k in range(6)]
    figures = Prdc(0.9, 0.8, 1.1, 0.7), Prdc(0.5, 0.6, 1.0, 0.9)
    distances, bars = neighbours_figure(QUANTILES, (generated, fresh), figures).axes
    for line, values in zip(distances.get_lines(), (generated, fresh), strict=True):
        assert line.get_xdata().tolist() == values
        assert np.allclose(line.get_ydata(), 100 * np.array(QUANTILES))
    heights = [bar.get_height() for bar in bars.patches]
    assert heights == [getattr(each, name) for each in figures for name in MANIFOLD]
    legend = [text.get_text() for text in distances.get_legend().get_texts()]
    assert legend == ["generated", "fresh (never seen)"]
