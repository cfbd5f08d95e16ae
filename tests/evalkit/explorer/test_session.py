"""Test what an open page asks of the server: sliders, paths and planes, in a real browser."""

import numpy as np

import fractaldream as fd
from evalkit.explorer.content import Content, prepare
from evalkit.explorer.decoded_plane import cells
from evalkit.explorer.options import ExploreOptions
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from explorer_pages import PATIENCE, PLACE, address, open_tab, strip_ends, until, wait_for


def test_sliders_paths_and_planes(browser, served, family):
    tab = open_tab(browser, served[0] + "#view=sliders&v=0.5,0.5,1,-1,0.3,0.2")
    model, data = open_model(family[0]), open_images(family[1])
    content: Content = prepare(open_model(family[0]), open_images(family[1], model), None,
                               ExploreOptions(grid=6, planes=("axes:0,1",), points=40))  # fmt: skip

    _check_sliders(tab, content)
    _check_path(tab, content)
    assert data.param_names == content.points.param_names
    _check_plane(tab, content, model)
    assert not tab.complaints
    host = served[0].split("//")[1]
    assert all(url.startswith(("data:", "blob:", "http://" + host)) for url in tab.requests)
    tab.context.close()


def _check_sliders(tab, content):
    def both(v):
        pair = content.attractor.pair(np.array(v))
        wait_for(tab, "true", pair.true.transpose(2, 0, 1) / 255)
        wait_for(tab, "generated", pair.generated.transpose(2, 0, 1) / 255)
        facts = tab.evaluate("explorer.models().sliders_facts.text")
        assert f"{pair.rmse:.3f}" in facts and f"{pair.ssim:.3f}" in facts

    both([0.5, 0.5, 1, -1, 0.3, 0.2])  # from the address
    tab.evaluate("explorer.models().slider2.value = -1.5")
    both([0.5, 0.5, -1.5, -1, 0.3, 0.2])
    for value in np.linspace(-2, 2, 30):  # faster than answers come: the last one stays
        tab.evaluate(f"explorer.models().slider3.value = {value}")
    both([0.5, 0.5, -1.5, 2, 0.3, 0.2])
    tab.keyboard.press("ArrowRight")  # the first slider
    both([0.75, 0.5, -1.5, 2, 0.3, 0.2])
    truth = fd.render_images(content.attractor.renderer.parameters(np.full((1, 6), 0.5)),
                             content.attractor.renderer.recipe).levels  # fmt: skip
    tab.evaluate("for (let k = 0; k < 6; k++) explorer.models()[`slider${k}`].value = 0.5")
    wait_for(tab, "true", content.attractor.renderer.colours(truth)[0].transpose(2, 0, 1) / 255)


def _check_path(tab, content):
    tab.keyboard.press("2")
    tab.wait_for_timeout(400)
    points = content.points
    for k in (4, 20):
        tab.mouse.click(*tab.evaluate(PLACE, ["data", *points.place[k].tolist()]))
        tab.wait_for_timeout(600)  # two clicks are no double click
    ends = np.concatenate([points.reconstructions[4], points.reconstructions[20]], 1).astype(int)
    until(
        lambda: np.abs(strip_ends(tab, "data_strip", 32) - ends).max() <= 1
    )  # path ends are the reconstructions
    facts = tab.evaluate("explorer.models().data_facts.text")
    assert f"{points.params[20, 2]:.3f}" in facts


def _check_plane(tab, content, model):
    tab.keyboard.press("1")
    rows = ",".join(str(row) for row in content.points.rows[:3])
    tab.evaluate(f"explorer.models().plane_asked.value = 'places:{rows}'")
    tab.wait_for_function(
        "explorer.models().plane_which.options.length == 2", timeout=1000 * PATIENCE
    )
    tab.wait_for_timeout(400)
    plane = content.plane(f"places:{rows}")
    image = model.decode(plane.latents(*cells(plane, 6).T))[0]
    until(lambda: f"plane=places:{rows}" in address(tab))
    tab.keyboard.press("Shift+ArrowLeft")
    tab.keyboard.press("Shift+ArrowUp")
    wait_for(tab, "plane_image", image)
    tab.evaluate("explorer.models().plane_asked.value = 'axes:0,6'")
    tab.wait_for_function(
        "document.getElementById('said').textContent.includes('0 to 5')",
        timeout=1000 * PATIENCE,
    )


def test_an_address_brings_back_the_path_of_a_plane_that_is_decoded_anew(browser, served):
    tab = open_tab(browser, served[0] + "#view=plane&plane=axes:2,3&cell=1&ends=0,35")
    until(lambda: tab.evaluate("explorer.state.ends.join()") == "0,35")
    tab.wait_for_timeout(400)
    assert "plane=axes:2,3" in tab.url and "ends=0,35" in tab.url
    tab.context.close()
