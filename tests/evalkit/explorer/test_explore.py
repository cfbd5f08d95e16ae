"""The explorer: its planes and maps, the file in a real browser, the server by a real client."""

import http.client
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from click.testing import CliRunner
from fractaldream_models.checkpoint import save
from fractaldream_models.kinds import build
from fractaldream_models.model import ModelConfig
from hypothesis import given, settings
from hypothesis import strategies as st
from models_files import write_mnist
from PIL import Image

import fractaldream as fd
from evalkit.cli import cli
from evalkit.errors import BadInput
from evalkit.explorer import server
from evalkit.explorer.content import Content, Settings, prepare
from evalkit.explorer.decoder import prepared
from evalkit.explorer.plane_view import anchors_plane, axes_plane, borders, principal_plane, regions
from evalkit.explorer.projection_view import place
from evalkit.explorer.static import write_static
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.networks.classifier import Classifier, ClassifierConfig, Network, save_classifier

SMALL = Settings(n=8, points=40)
PLACE = """([name, x, y]) => {
    const view = Bokeh.index.find_one(explorer.models()[name]);
    const box = view.el.getBoundingClientRect();
    return [box.x + view.frame.x_scale.compute(x), box.y + view.frame.y_scale.compute(y)];
}"""
PIXELS = "(name) => Array.from(explorer.models()[`${name}_pixels`].data.image[0])"


def write_model(path, kind="vae", latent=2, size=28, channels=1, classes=0, **data):
    """A model of random weights, large enough for its images to differ."""
    torch.manual_seed(0)
    model = build(ModelConfig(kind, size, channels, latent, classes, width=0.1)).eval()
    with torch.no_grad():
        for weights in model.generator.parameters():
            weights.mul_(2)
    save(model, path, data=data, metrics={})
    return str(path)


def bytes_of(image):
    """What a canvas holds of an image (C, S, S) in [0, 1]: uint8 (S, S, 3)."""
    grey = np.round(image * 255).astype(np.uint8).transpose(1, 2, 0)
    return np.broadcast_to(grey, (*grey.shape[:2], 3))


def shown(tab, name, side, columns=1):
    """The pixels of a figure, uint8 (S, columns * S, 3)."""
    values = np.array(tab.evaluate(PIXELS, name), np.uint32)
    return values.view(np.uint8).reshape(side, side * columns, 4)[..., :3]


def strip_ends(tab, name, side):
    """The first and the last image of a path, (S, 2 S, 3)."""
    strip = shown(tab, name, side, 10)
    return np.concatenate([strip[:, :side], strip[:, -side:]], 1)


def wait_for(tab, name, image):
    """Until a figure shows this image (C, S, S), pixel for pixel."""
    wanted, side = bytes_of(image), image.shape[1]
    until(lambda: np.abs(shown(tab, name, side).astype(int) - wanted).max() <= 1)


def address(tab):
    """As the page has it now; what the driver remembers may be older."""
    return tab.evaluate("location.href")


def until(true):
    """Wait for what a page does in its own time; fails after ten seconds."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)


# planes and maps


@given(st.integers(2, 6), st.integers(2, 20), st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_planes_go_through_what_was_asked_for(latent, n, seed):
    rng = np.random.default_rng(seed)
    plane = axes_plane(latent, 1, 0)
    z = plane.latents(plane.places(n))
    assert np.allclose(z[0, :2], [3, -3]) and np.allclose(z[-1, :2], [-3, 3])  # rows from the top
    assert not z[:, 2:].any()
    three = rng.standard_normal((3, latent))
    anchors = anchors_plane(three, ["1", "2", "3"])
    assert np.allclose(anchors.latents(anchors.marks), three)
    assert (np.abs(anchors.marks) <= anchors.reach).all()
    codes = rng.standard_normal((50, latent)) * np.arange(1, latent + 1) + 7
    main = principal_plane(codes)
    scores = (codes - main.origin) @ np.stack([main.u, main.v], 1)
    scores /= np.square([np.linalg.norm(main.u), np.linalg.norm(main.v)])
    assert np.allclose(scores.std(0, ddof=1), 1) and np.allclose(scores.mean(0), 0)


@given(st.integers(2, 12), st.integers(0, 99))
@settings(max_examples=40, deadline=None)
def test_borders_lie_between_cells_that_differ(n, seed):
    labels = np.random.default_rng(seed).integers(0, 3, (n, n))
    lines = borders(labels, 3.0)
    cell = 6 / (n - 1)
    lengths = np.abs(lines[:, 2:] - lines[:, :2]).sum(1)
    differ = (labels[:, 1:] != labels[:, :-1]).sum() + (labels[1:] != labels[:-1]).sum()
    assert np.isclose(lengths.sum(), differ * cell)
    for x, y, label in regions(labels, 3.0, least=1):
        row, column = round((3 - y) / cell), round((x + 3) / cell)
        assert labels[row, column] == label


def test_one_border_where_it_is():
    labels = np.array([[0, 1], [0, 1]])  # the right half is another class
    assert np.allclose(borders(labels, 3.0), [[0, 6, 0, -6]])


@pytest.mark.parametrize("kind", ["aae", "dcgan", "vae", "dcgan4"])
def test_the_decoder_made_ready_gives_the_same_images(tmp_path, kind):
    model = open_model(write_model(tmp_path / "m.pt", kind, size=32, latent=3))
    z = model.draw(5, np.random.default_rng(0))
    assert np.allclose(prepared(model).decode(z), model.decode(z), atol=1e-5)


@pytest.mark.parametrize(("depth", "kernel"), [(2, 3), (3, 5), (4, 7)])
def test_it_does_so_with_any_number_and_size_of_convolutions(tmp_path, depth, kernel):
    model = build(ModelConfig("aae", 32, 1, 3, width=0.1, depth=depth, kernel=kernel)).eval()
    save(model, tmp_path / "m.pt", data={}, metrics={})
    model = open_model(str(tmp_path / "m.pt"))
    z = model.draw(5, np.random.default_rng(0))
    assert np.allclose(prepared(model).decode(z), model.decode(z), atol=1e-5)


def test_maps_keep_neighbours_together():
    rng = np.random.default_rng(0)
    features = np.concatenate([rng.standard_normal((30, 5)), rng.standard_normal((30, 5)) + 20])
    for method in ("pca", "tsne"):
        at = place(features, method, 0)
        assert at.shape == (60, 2)
        apart = np.linalg.norm(at[:30].mean(0) - at[30:].mean(0))
        assert apart > 2 * max(at[:30].std(0).max(), at[30:].std(0).max())


def test_a_model_without_encoder_and_data(tmp_path):
    model = open_model(write_model(tmp_path / "d.pt", "dcgan", latent=5, size=16))
    content = prepare(model, None, None, SMALL)
    plane = content.plane("pc")
    assert np.allclose([plane.u @ plane.u, plane.v @ plane.v, plane.u @ plane.v], [1, 1, 0])
    assert content.points.reconstructions is None and content.points.codes is not None
    with pytest.raises(BadInput, match="row 99 is not among the 40 points"):
        content.plane("anchors:0,1,99")
    for spec in ("axes:0", "axes:0,5", "axes:1,1", "anchors:1,2", "circle"):
        with pytest.raises(BadInput):
            content.plane(spec)


def test_anchors_are_any_rows_of_the_data(tmp_path):
    """Not only those that are shown, which are drawn at random."""
    write_mnist(tmp_path / "idx", 60)
    model = open_model(write_model(tmp_path / "v.pt", latent=3))
    data = open_images("mnist", model, root=tmp_path / "idx")
    content = prepare(model, data, None, Settings(n=4, points=5), ["axes:0,1"])
    rows = [row for row in range(60) if row not in content.points.rows][:3]
    plane = content.plane("anchors:" + ",".join(map(str, rows)))
    again = plane.latents(plane.marks)
    assert np.allclose(again, model.encode(data.images(np.array(rows))), atol=1e-4)
    with pytest.raises(BadInput, match="row 60: mnist has rows 0 to 59"):
        content.plane("anchors:0,1,60")


def test_a_conditional_model_is_told_its_label(tmp_path):
    write_mnist(tmp_path / "idx", 60)
    path = write_model(tmp_path / "c.pt", "cvae", latent=3, classes=10)
    model = open_model(path)
    data = open_images("mnist", model, root=tmp_path / "idx")
    content = prepare(model, data, None, Settings(n=4, points=30, label="7"), ["axes:0,2"])
    ((key, decoded),) = content.planes.items()
    assert key == ("axes:0,2", 7)
    z = decoded.plane.latents(decoded.plane.places(4))
    images = model.decode(z, np.full(16, 7))
    assert np.abs(decoded.images[..., 0] / 255 - images[:, 0]).max() < 0.003
    assert write_static(content, tmp_path / "c.html") > 1e6


# the page


def open_tab(browser, url):
    """A tab at 1280x720; what it complains of and what it asks of others is collected."""
    context = browser.new_context(viewport={"width": 1280, "height": 720}, accept_downloads=True)
    tab = context.new_page()
    tab.complaints, tab.requests = [], []
    tab.on("pageerror", lambda error: tab.complaints.append(str(error)))
    tab.on(
        "console",
        lambda said: said.type in ("error", "warning") and tab.complaints.append(said.text),
    )
    tab.on("request", lambda request: tab.requests.append(request.url))
    tab.goto(url)
    tab.wait_for_selector("html[data-ready]", state="attached", timeout=30_000)
    tab.wait_for_timeout(300)
    return tab


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    """The page of a small VAE of two latents on noise, with a classifier, as a file."""
    place = tmp_path_factory.mktemp("explore")
    write_mnist(place / "idx", 60)
    path = write_model(place / "vae.pt", "vae", latent=2)
    torch.manual_seed(1)
    config = ClassifierConfig(28, 1, tuple("0123456789"))
    namer = Classifier(config, Network(config).eval(), {}, {})
    save_classifier(namer, place / "digits.pt")
    model = open_model(path)
    data = open_images("mnist", model, root=place / "idx")
    content = prepare(model, data, namer, SMALL)
    write_static(content, place / "page.html")
    return place / "page.html", content


@pytest.fixture(scope="module")
def one_tab(browser, file):
    tab = open_tab(browser, file[0].as_uri())
    yield tab
    tab.context.close()


@pytest.fixture
def opened(one_tab):
    """The file's page at its first view, without a path."""
    one_tab.keyboard.press("1")
    one_tab.keyboard.press("Escape")
    yield one_tab
    assert not one_tab.complaints
    others = [url for url in one_tab.requests if not url.startswith(("data:", "blob:", "file:"))]
    assert others == []


def test_hovering_shows_the_very_image(opened, file):
    decoded = file[1].planes[("axes:0,1", 0)]
    for cell in (0, 13, 63):
        x, y = decoded.plane.places(8)[cell]
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
    assert len(drawn) == len(borders(decoded.labels.reshape(8, 8), 3.0))


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
    found = tab.evaluate(
        "[explorer.state, explorer.models().tabs.active, explorer.models().plane_ground.active]"
    )
    assert (found[0]["cell"], found[0]["ends"], found[0]["point"]) == (9, [9, 54], 5)
    assert found[0]["pair"] == [5, 8] and found[1:] == [1, 2]
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


# the server


@pytest.fixture(scope="module")
def family(tmp_path_factory):
    """A data set of the renderer and a model of six latents on it."""
    place = tmp_path_factory.mktemp("family")
    fd.render(fd.Recipe(n=60, size=32, law="normal", iterations=4000), place / "fd.h5")
    path = write_model(place / "vae6.pt", "vae", latent=6, size=32, channels=3)
    return path, str(place / "fd.h5")


@pytest.fixture(scope="module")
def served(family):
    """The command, as a user starts it: its process and its address."""
    checkpoint, data = family
    command = [
        sys.executable,
        "-m",
        "evalkit",
        "explore",
        checkpoint,
        "--data",
        data,
        "--grid",
        "6",
    ]
    command += ["--points", "40", "--port", "0", "--plane", "axes:0,1", "--quiet", "--open"]
    path = f"{Path(__file__).parents[3]}{os.pathsep}{os.environ.get('PYTHONPATH', '')}"
    hidden = {"DISPLAY": "", "WAYLAND_DISPLAY": "", "BROWSER": "", "PYTHONPATH": path}
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=os.environ | hidden | {"PYTHONUNBUFFERED": "1"},
    )
    line = process.stdout.readline()
    url = line.split()[0] if line else process.stderr.read()
    yield url, process
    process.send_signal(signal.SIGINT)
    said = process.communicate(timeout=20)[1]
    assert process.returncode == 0
    if sys.platform.startswith("linux"):
        first, *others = said.splitlines()  # the others: of the test that comes by another name
        assert "no browser found here" in first
        assert all("Refusing websocket" in line for line in others), said


def test_it_listens_on_this_machine_only(served):
    port = int(re.search(r":(\d+)/", served[0])[1])
    assert served[0].startswith("http://127.0.0.1:")
    with pytest.raises(OSError), socket.create_connection(("127.0.0.2", port), timeout=2):
        pass


def test_pages_of_others_get_no_answer(served):
    host = served[0].split("/")[2]
    asking = http.client.HTTPConnection(host, timeout=10)
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    key = {"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==", "Origin": "http://evil.example"}
    asking.request("GET", "/ws", headers=upgrade | key)
    assert asking.getresponse().status == 403
    asking.close()


def test_sliders_paths_and_planes(browser, served, family):
    tab = open_tab(browser, served[0] + "#view=sliders&v=0.5,0.5,1,-1,0.3,0.2")
    model, data = open_model(family[0]), open_images(family[1])
    content: Content = prepare(open_model(family[0]), open_images(family[1], model), None,
                               Settings(n=6, points=40), ["axes:0,1"])  # fmt: skip

    def both(v):
        one = content.family.beside(np.array(v))
        wait_for(tab, "true", one.true.transpose(2, 0, 1) / 255)
        wait_for(tab, "made", one.made.transpose(2, 0, 1) / 255)
        facts = tab.evaluate("explorer.models().sliders_facts.text")
        assert f"{one.rmse:.3f}" in facts and f"{one.ssim:.3f}" in facts

    both([0.5, 0.5, 1, -1, 0.3, 0.2])  # from the address
    tab.evaluate("explorer.models().slider2.value = -1.5")
    both([0.5, 0.5, -1.5, -1, 0.3, 0.2])
    for value in np.linspace(-2, 2, 30):  # faster than answers come: the last one stays
        tab.evaluate(f"explorer.models().slider3.value = {value}")
    both([0.5, 0.5, -1.5, 2, 0.3, 0.2])
    tab.keyboard.press("ArrowRight")  # the first slider
    both([0.75, 0.5, -1.5, 2, 0.3, 0.2])
    truth = fd.render_images(content.family.renderer.parameters(np.full((1, 6), 0.5)),
                             content.family.renderer.recipe).levels  # fmt: skip
    tab.evaluate("for (let k = 0; k < 6; k++) explorer.models()[`slider${k}`].value = 0.5")
    wait_for(tab, "true", content.family.renderer.colours(truth)[0].transpose(2, 0, 1) / 255)

    tab.keyboard.press("2")
    tab.wait_for_timeout(400)
    points = content.points
    assert data.param_names == points.param_names
    for k in (4, 20):
        tab.mouse.click(*tab.evaluate(PLACE, ["data", *points.place[k].tolist()]))
        tab.wait_for_timeout(600)  # two clicks are no double click
    ends = np.concatenate([points.reconstructions[4], points.reconstructions[20]], 1).astype(int)
    until(
        lambda: np.abs(strip_ends(tab, "data_strip", 32) - ends).max() <= 1
    )  # path ends are the reconstructions
    facts = tab.evaluate("explorer.models().data_facts.text")
    assert f"{points.params[20, 2]:.3f}" in facts

    tab.keyboard.press("1")
    rows = ",".join(str(row) for row in points.rows[:3])
    tab.evaluate(f"explorer.models().plane_asked.value = 'anchors:{rows}'")
    tab.wait_for_function("explorer.models().plane_which.options.length == 2")
    tab.wait_for_timeout(400)
    asked = content.plane(f"anchors:{rows}")
    image = model.decode(asked.latents(asked.places(6)))[0]
    until(lambda: f"plane=anchors:{rows}" in address(tab))
    tab.keyboard.press("Shift+ArrowLeft")
    tab.keyboard.press("Shift+ArrowUp")
    wait_for(tab, "plane_image", image)
    tab.evaluate("explorer.models().plane_asked.value = 'axes:0,6'")
    tab.wait_for_function("document.getElementById('said').textContent.includes('0 to 5')")
    assert not tab.complaints
    own = served[0].split("//")[1]
    assert all(url.startswith(("data:", "blob:", "http://" + own)) for url in tab.requests)
    tab.context.close()


def test_a_file_of_the_family_moves_one_slider_at_a_time(browser, family, tmp_path):
    model = open_model(family[0])
    content = prepare(model, open_images(family[1], model), None, Settings(n=4, points=30), ["pc"])
    write_static(content, tmp_path / "fd.html")
    tab = open_tab(browser, (tmp_path / "fd.html").as_uri() + "#view=sliders")
    tab.evaluate("explorer.models().slider2.value = 1")
    tab.evaluate("explorer.models().slider4.value = -2")
    one = content.family.beside(np.array([0, 0, 0, 0, -2.0, 0]))
    wait_for(tab, "true", one.true.transpose(2, 0, 1) / 255)
    wait_for(tab, "made", one.made.transpose(2, 0, 1) / 255)
    assert tab.evaluate("explorer.models().slider2.value") == 0
    assert not tab.complaints
    tab.context.close()


# one clear line


def refused(*arguments):
    with pytest.raises(BadInput) as caught:
        CliRunner().invoke(cli, ["explore", *arguments], catch_exceptions=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_shown_is_said_on_one_line(tmp_path, family):
    checkpoint = family[0]
    none = str(tmp_path / "none")
    assert f"{none}/x.html" in refused(checkpoint, "--static", f"{none}/x.html")
    assert "--points" in refused(checkpoint, "--points", "1", "--static", str(tmp_path / "x.html"))
    assert "--grid" in refused(checkpoint, "--grid", "1", "--static", str(tmp_path / "x.html"))
    from fractaldream_models.errors import BadInput as Refused

    for arguments in ([none + ".pt"], [checkpoint, "--data", none]):
        with pytest.raises((BadInput, Refused), match="no such file"):
            CliRunner().invoke(cli, ["explore", *arguments, "--port", "0"], catch_exceptions=False)
    one = write_model(tmp_path / "one.pt", latent=1)
    out = ["--static", str(tmp_path / "one.html"), "--points", "20", "--quiet"]
    assert "one latent makes no plane" in refused(one, "--plane", "axes:0,1", *out)
    assert "takes no labels" in refused(one, "--label", "3", *out)
    assert not list(tmp_path.glob("*.html"))


def test_a_port_in_use(family):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refused(family[0], "--port", port).startswith(f"port {port} is in use")


def test_a_missing_browser_is_no_browser_of_the_terminal(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert server.open_browser("http://127.0.0.1:1/") is False


def test_one_latent_is_shown_without_a_plane(browser, tmp_path):
    content = prepare(open_model(write_model(tmp_path / "one.pt", latent=1)), None, None, SMALL)
    write_static(content, tmp_path / "one.html")
    tab = open_tab(browser, (tmp_path / "one.html").as_uri())
    assert tab.evaluate("explorer.models().tabs.tabs.length") == 1
    assert not tab.complaints
    tab.context.close()
