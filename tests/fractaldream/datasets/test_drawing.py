"""Pictures of one attractor, and contact sheets of data sets."""

import numpy as np
import pytest
from PIL import Image

import fractaldream as fd
from fractaldream.datasets.drawing import contact_sheet, picture_figure, preview

ROW = (0.1, 0.1, -0.97, 2.88, 0.77, 0.74)


def test_a_drawing_has_the_levels_of_the_same_recipe(tmp_path):
    options = fd.DrawOptions(iterations=4000)
    levels = fd.draw(ROW, tmp_path / "a.png", size=32, palette="viridis", options=options)
    recipe = fd.Recipe(law="params", size=32, iterations=4000, skip=0)
    assert np.array_equal(levels, fd.render_images([ROW], recipe).levels[0])
    shown = np.array(Image.open(tmp_path / "a.png"))
    assert np.array_equal(shown, fd.palette("viridis")[levels])


@pytest.mark.parametrize(
    ("params", "options", "words"),
    [
        ([ROW, ROW], {}, "2 rows of parameters: draw takes one"),
        (ROW, {"palette": "jet"}, "palette 'jet': choose kbc"),
        (ROW, {"options": fd.DrawOptions(view="wide")}, "view"),
    ],
)
def test_what_cannot_be_drawn_is_one_line_and_nothing_is_written(tmp_path, params, options, words):
    with pytest.raises(fd.BadInput, match=words):
        fd.draw(params, tmp_path / "a.png", size=16, **options)
    assert not list(tmp_path.iterdir())


def test_a_sheet_shows_images_evenly_from_the_first_to_the_last(equal_rows, tmp_path):
    sheet = contact_sheet(equal_rows, 1, 2, "kbc")
    with fd.open(equal_rows) as data:
        first, last = data.rgb(np.array([0, 3]), "kbc")
    assert np.array_equal(sheet[2:34, 2:34], first) and np.array_equal(sheet[2:34, 36:68], last)
    assert (sheet[:2] == 255).all()
    preview(equal_rows, tmp_path / "p.png", rows=1, columns=2)
    assert np.array_equal(np.array(Image.open(tmp_path / "p.png")), sheet)
    assert contact_sheet(equal_rows, 3, 3, "kbc").shape[0] == 2 * 34 + 2  # no empty rows
    with pytest.raises(fd.BadInput, match="give at least one of each"):
        contact_sheet(equal_rows, 0, 2, "kbc")


def test_a_figure_holds_the_picture_pixel_by_pixel():
    picture = np.random.default_rng(0).integers(0, 256, (60, 90, 3), dtype=np.uint8)
    (axes,) = picture_figure(picture).axes
    assert np.array_equal(axes.images[0].get_array(), picture)
