"""Pictures of sample quality."""

from evalkit.sample_quality.curves import DiscriminatorCurves
from evalkit.sample_quality.distances import Distance
from evalkit.sample_quality.evaluation import quality
from evalkit.sample_quality.figures import curves_figure, quality_figure
from planted_images import RAW, planted


def test_distances_are_drawn_where_there_is_nothing_else(digits):
    (panel,) = quality(planted(digits, 0), digits, options=RAW).plot().axes
    assert "Frechet" in panel.get_title()


CURVES = DiscriminatorCurves((1, 2), (0.6, 0.5), (0.1, 0.1), (0.4, 0.5), (0.1, 0.1), (), None)


def test_verdicts_are_drawn_by_epoch():
    (axes,) = curves_figure(CURVES).axes
    real, generated, *_ = axes.get_lines()
    assert tuple(real.get_ydata()) == CURVES.real
    assert tuple(generated.get_ydata()) == CURVES.generated
    both = quality_figure({"pixels": Distance("pixels", 9, 2.0, 1.0, 0.2, 1.5, 0.01)}, [CURVES])
    assert len(both.axes) == 2
