"""The page as a file in a real browser: hovering, keys, the address, saving, sliders."""

import numpy as np
import pytest
from PIL import Image

from evalkit.explorer.content import prepare
from evalkit.explorer.decoded_plane import borders, cells
from evalkit.explorer.options import ExploreOptions
from evalkit.explorer.static import write_static
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from explorer_pages import (
    PLACE,
    SMALL,
    address,
    open_tab,
    shown,
    strip_ends,
    until,
    wait_for,
    write_model,
)

USED = """() => {
    const views = Object.values(explorer.models()).map((one) => Bokeh.index.find_one(one));
    const boxes = views.filter((view) => view && view.el && view.model.type !== "GlyphRenderer")
        .map((view) => view.el.getBoundingClientRect()).filter((box) => box.width > 0);
    return [Math.min(...boxes.map((b) => b.left)), Math.max(...boxes.map((b) => b.right)),
            document.documentElement.scrollWidth];
}"""

CUT = """() => ["plane_image", "plane_strip", "data_original", "data_again", "data_strip", "true",
        "generated"].map((name) => explorer.models()[name]).filter(Boolean).map((one) => {
    const view = Bokeh.index.find_one(one), frame = view.frame.bbox;
    const canvas = view.canvas_view.el.getBoundingClientRect();
    return Math.max(frame.right - canvas.width, frame.bottom - canvas.height);
})"""  # by how many pixels each picture is larger than what shows it


def test_hovering_shows_the_very_image(opened, file):
    decoded = file[1].planes[("axes:0,1", 0)]
    for cell in (0, 13, 63):
        x, y = cells(decoded.plane, 8)[cell]
        opened.mouse.move(*opened.evaluate(PLACE, ["plane", x * 0.99, y * 0.99]))
        image = decoded.images[cell].transpose(2, 0, 1) / 255
        wait_for(opened, "plane_image", image)
        title = opened.evaluate("explorer.models().plane_image.title.text")
        best = decoded.chances[cell].max()
        assert title.startswith(f"{decoded.labels[cell]}, {best:.0%} certain")
        bars = opened.evaluate("explorer.models().plane_chances_bars.data.chance")
        assert np.allclose(bars, decoded.chances[cell], atol=1e-3)


def test_class_borders_are_drawn(opened, file):
    decoded = file[1].planes[("axes:0,1", 0)]
    drawn = opened.evaluate("Array.from(explorer.models().plane_lines.data.x0)")
    assert len(drawn) == len(borders(decoded.labels.reshape(8, 8), -3.0, 3.0))


def test_hovering_the_map_shows_image_and_reconstruction(opened, file):
    points = file[1].points
    opened.keyboard.press("2")
    opened.wait_for_timeout(500)
    for k in (3, 30):
        opened.mouse.move(*opened.evaluate(PLACE, ["data", *points.place[k].tolist()]))
        wait_for(opened, "data_original", points.originals[k].transpose(2, 0, 1) / 255)
        wait_for(opened, "data_again", points.reconstructions[k].transpose(2, 0, 1) / 255)
        title = opened.evaluate("explorer.models().data_original.title.text")
        assert title == f"row {points.rows[k]}: {points.names[points.labels[k]]}"


def test_keys_and_the_path_and_the_address(opened, file):
    decoded = file[1].planes[("axes:0,1", 0)]
    for _ in range(2):
        opened.keyboard.press("Shift+ArrowLeft")
        opened.keyboard.press("Shift+ArrowUp")
    opened.keyboard.press("Enter")  # the first corner
    for _ in range(2):
        opened.keyboard.press("Shift+ArrowRight")
        opened.keyboard.press("Shift+ArrowDown")
    opened.keyboard.press("Enter")  # the last
    ends = np.concatenate([decoded.images[0], decoded.images[63]], 1)
    until(lambda: (strip_ends(opened, "plane_strip", 28) == ends).all())
    opened.keyboard.press("b")
    opened.keyboard.press("2")
    opened.keyboard.press("ArrowRight")
    parts = ("view=data", "ends=0,63", "cell=63", "ground=classes", "plane=axes:0,1", "row=")
    until(lambda: all(part in address(opened) for part in parts))
    opened.keyboard.press("1")
    opened.keyboard.press("Escape")
    until(lambda: "ends" not in address(opened))
    until(lambda: (shown(opened, "plane_strip", 28, 10) == 0xF4).all())


def test_the_address_brings_everything_back(browser, file):
    path, content = file
    rows = content.points.rows
    state = f"view=data&plane=axes:0,1&cell=9&ends=9,54&ground=both&row={rows[5]}"
    tab = open_tab(browser, f"{path.as_uri()}#{state}&path={rows[5]},{rows[8]}")
    answers = tab.evaluate(
        "[explorer.state, explorer.models().tabs.active, explorer.models().plane_ground.active]"
    )
    assert (answers[0]["cell"], answers[0]["ends"], answers[0]["point"]) == (9, [9, 54], 5)
    assert answers[0]["pair"] == [5, 8] and answers[1:] == [1, 2]
    wait_for(tab, "data_original", content.points.originals[5].transpose(2, 0, 1) / 255)
    assert not tab.complaints
    tab.goto(f"{path.as_uri()}#plane=axes:7,9&cell=-3&row=x&path=1,2,3&view=nothing")  # nonsense
    tab.reload()
    tab.wait_for_selector("html[data-ready]", state="attached")
    assert not tab.complaints
    tab.context.close()


def test_each_view_is_saved_as_png(opened, tmp_path):
    for key, name in (("1", "plane"), ("2", "data")):
        opened.keyboard.press(key)
        opened.wait_for_timeout(400)
        with opened.expect_download() as waiting:
            opened.keyboard.press("s")
        assert waiting.value.suggested_filename.endswith(f"-{name}.png")
        waiting.value.save_as(tmp_path / "view.png")
        image = np.asarray(Image.open(tmp_path / "view.png").convert("RGB"))
        assert image.shape[1] > 1000 and len(np.unique(image.reshape(-1, 3), axis=0)) > 50


def test_it_fits_a_small_screen(opened):
    for key in "12":
        opened.keyboard.press(key)
        opened.wait_for_timeout(300)
        size = "[document.body.scrollWidth, document.body.scrollHeight]"
        wide, high = opened.evaluate(size)
        assert wide <= 1280 and high <= 720


@pytest.mark.parametrize("wide", [1600, 900, 400])
def test_it_fills_windows_of_any_width(browser, file, wide):
    """Nothing is cut, and the page does not scroll sideways."""
    tab = open_tab(browser, file[0].as_uri(), wide, 900)
    for key in "12":
        tab.keyboard.press(key)
        tab.wait_for_timeout(300)
        left, right, scrolled = tab.evaluate(USED)
        assert left >= 0 and right <= wide and scrolled <= wide
        assert right - left >= 0.85 * wide
        assert max(tab.evaluate(CUT)) <= 0
    tab.set_viewport_size({"width": 1200, "height": 800})
    until(lambda: 0.85 * 1200 < tab.evaluate(USED)[1] <= 1200)
    assert not tab.complaints
    tab.context.close()


def test_one_latent_is_shown_without_a_plane(browser, tmp_path):
    content = prepare(open_model(write_model(tmp_path / "one.pt", latent=1)), options=SMALL)
    write_static(content, tmp_path / "one.html")
    tab = open_tab(browser, (tmp_path / "one.html").as_uri())
    assert tab.evaluate("explorer.models().tabs.tabs.length") == 1
    assert not tab.complaints
    tab.context.close()


def test_a_file_of_the_family_moves_one_slider_at_a_time(browser, family, tmp_path):
    model = open_model(family[0])
    options = ExploreOptions(grid=4, planes=("components",), points=30)
    content = prepare(model, open_images(family[1], model), options=options)
    write_static(content, tmp_path / "fd.html")
    tab = open_tab(browser, (tmp_path / "fd.html").as_uri() + "#view=sliders")
    start = content.start.at
    wait_for(tab, "true", content.attractor.pair(start).true.transpose(2, 0, 1) / 255)
    tab.evaluate("explorer.models().slider2.value = 1")
    tab.evaluate("explorer.models().slider4.value = -2")
    pair = content.attractor.pair(np.array([*start[:4], -2.0, start[5]]))
    wait_for(tab, "true", pair.true.transpose(2, 0, 1) / 255)
    wait_for(tab, "generated", pair.generated.transpose(2, 0, 1) / 255)
    assert tab.evaluate("explorer.models().slider2.value") == start[2]
    until(lambda: "v=" in address(tab))
    tab.keyboard.press("0")  # back to the start, which the address need not hold
    wait_for(tab, "true", content.attractor.pair(start).true.transpose(2, 0, 1) / 255)
    until(lambda: "v=" not in address(tab))
    for wide in (900, 1600):
        tab.set_viewport_size({"width": wide, "height": 900})
        until(lambda wide=wide: 0.85 * wide < tab.evaluate(USED)[1] <= wide)
        assert tab.evaluate(USED)[2] <= wide
        until(lambda: max(tab.evaluate(CUT)) <= 0)
    assert not tab.complaints
    tab.context.close()


def test_places_lie_in_three_corners(browser, family, tmp_path):
    """With their names inwards, and each the very image asked for."""
    model = open_model(family[0])
    data = open_images(family[1], model)
    options = ExploreOptions(grid=5, planes=("places:3,17,20",), points=30)
    content = prepare(model, data, options=options)
    write_static(content, tmp_path / "places.html")
    tab = open_tab(browser, (tmp_path / "places.html").as_uri())
    places = tab.evaluate("explorer.models().plane_places.data")
    assert places["text"] == ["row 3", "row 17", "row 20"]
    assert places["align"] == ["left", "right", "left"]
    images = content.planes[("places:3,17,20", 0)].images
    wanted = model.decode(model.encode(data.images(np.array([3, 17, 20]))))
    corners = (20, 24, 0)  # lower left, lower right, upper left
    for cell, x, y, image in zip(corners, places["x"], places["y"], wanted, strict=True):
        tab.mouse.move(*tab.evaluate(PLACE, ["plane", x, y]))
        wait_for(tab, "plane_image", image)
        assert np.abs(images[cell] / 255 - image.transpose(1, 2, 0)).max() < 0.003
    assert not tab.complaints
    tab.context.close()
