"""The picture of a probe."""

from evalkit.representation.results import CodeProbe
from evalkit.representation.scores import CodeRow, CodeScores


def test_a_probe_is_drawn_with_three_bars_for_each_row_and_chance():
    rows = tuple(
        CodeRow(name, "vae", 2, CodeScores(0.9, 0.8, 0.7, 0.5, 0.4)) for name in ("a.pt", "PCA")
    )
    figure = CodeProbe("digits", 40, 20, ("0", "1"), 0.5, rows).plot()
    axes = figure.axes[0]
    assert [bar.get_width() for bar in axes.patches] == [0.9, 0.9, 0.8, 0.8, 0.7, 0.7]
    assert axes.lines[0].get_xdata()[0] == 0.5
    assert figure._repr_png_().startswith(b"\x89PNG")
