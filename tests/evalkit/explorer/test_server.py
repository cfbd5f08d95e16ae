"""The server: who gets an answer, and what is refused before it starts."""

import http.client
import os
import re
import shutil
import signal
import socket
import sys
import time

import numpy as np
import pytest
from bokeh.document import Document
from click.testing import CliRunner

from evalkit.cli import cli
from evalkit.explorer import server
from evalkit.explorer.content import prepare
from evalkit.explorer.options import ExploreOptions
from evalkit.inputs.model import open_model
from explorer_pages import PATIENCE, memory, open_tab
from fractaldream_base.errors import BadInput


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


@pytest.mark.parametrize(
    ("origin", "mended"),
    [("https://tunnel.example", "tunnel.example:443"), ("http://a.example:80/x", "a.example:80"),
     ("a.example:http", "host.example"), ("a b", "host.example"), ("a:1:2", "host.example"),
     ("", "host.example"), ("a.example:70000", "host.example")],
)  # fmt: skip
def test_an_origin_that_is_no_host_is_refused_before_the_work(tmp_path, origin, mended):
    arguments = ["explore", str(tmp_path / "none.pt"), "--origin", origin]
    with pytest.raises(BadInput, match=re.escape(f"give HOST:PORT, such as {mended}")):
        CliRunner().invoke(cli, arguments, catch_exceptions=False)
    server.check_origins(("tunnel.example:443", "host", "10.0.0.1:8080", "*.example"))


STRANGE_ADDRESSES = [
    "/?bokeh-session-id=../../../../etc/passwd", "/?bokeh-session-id=" + "a" * 30_000,
    "/?data=/etc/passwd&static=/tmp/x.html&exec=__import__('os')", "/?plane=axes:0,9999999999999",
    "/static/../../../../../../etc/passwd", "/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/static/js//etc/passwd", "/../../etc/passwd", "/autoload.js?bokeh-autoload-element=x",
    "/metadata", "/ws?bokeh-session-id=x", "/static/extensions/a/../../../etc/passwd",
    "/" + "x" * 9000,
]  # fmt: skip


def get(host, path):
    asking = http.client.HTTPConnection(host, timeout=60)
    asking.putrequest("GET", path, skip_host=False)
    asking.endheaders()
    answer = asking.getresponse()
    body = answer.read()
    asking.close()
    return answer.status, body


def test_no_address_makes_the_server_read_a_file(served):
    host = served[0].split("/")[2]
    for path in STRANGE_ADDRESSES:
        status, body = get(host, path)
        assert b"root:" not in body and status in (200, 400, 403, 404, 405, 414), path
        assert served[1].poll() is None
    assert get(host, "/")[0] == 200


def test_pages_are_counted_and_share_their_images(family, monkeypatch):
    """An address that opens page after page does not fill the memory."""
    monkeypatch.setattr(server, "MOST_PAGES", 1)
    content = prepare(open_model(family[0]), options=ExploreOptions(4, ("axes:0,1",), 20))
    open_page = server.page_opener(content)
    documents = [Document() for _ in range(3)]
    for document in documents:
        open_page(document)
    assert [len(document.roots) for document in documents] == [3, 1, 1]
    assert "1 pages are open" in documents[2].roots[0].text
    assert set(content.encoded) == {("axes:0,1", 0), (" points", 0)}
    for callback in documents[0].session_destroyed_callbacks:
        callback(None)
    open_page(last := Document())
    assert len(last.roots) == 3


def test_a_missing_browser_is_no_browser_of_the_terminal(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert server.open_browser("http://127.0.0.1:1/") is False


def test_a_free_port_at_an_address_of_another_machine_is_one_line():
    with pytest.raises(BadInput, match=r"192\.0\.2\.1:0: cannot listen"):
        server._listen(None, 0, "192.0.2.1", ())


@pytest.mark.skipif(sys.platform == "win32", reason="its loops have no signal handlers")
def test_ctrl_c_stops_the_loop_where_an_exception_would_be_lost():
    from tornado.ioloop import IOLoop

    class Finalised:
        def __del__(self):
            signal.raise_signal(signal.SIGINT)  # a KeyboardInterrupt here is reported, not raised

    loop, late = IOLoop(make_current=False), []
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        loop.call_later(0, lambda: Finalised() and None)
        loop.call_later(20, lambda: (late.append(True), loop.stop()))
        with server._stopped_by_ctrl_c(loop):
            loop.start()
    finally:
        signal.signal(signal.SIGINT, before)
        loop.close()
    assert not late


SECONDS = float(os.environ.get("FRACTALDREAM_SOAK", 12))


FEWEST = 15  # rounds, on a machine that is busy


GROWTH = 48e6  # bytes between the second and the last third; pages that come and go take some


ADDRESSES = (
    "#view=sliders&v=9,9,9,9,9,9", "#plane=axes:0,99999999999&cell=-1", "#plane=/etc/passwd",
    "?bokeh-session-id=..%2F..%2Fetc%2Fpasswd", "#row=1e999&path=-1,2&projection=os.system",
    "#view=data&colour=nothing&how=spherical",
)  # fmt: skip


@pytest.mark.slow
def test_memory_stays_flat_and_consoles_stay_empty(browser, served, capsys):
    url, process = served
    tabs = [open_tab(browser, url), open_tab(second := another(browser), url)]
    rng = np.random.default_rng(0)
    held, acts, end = [], 0, time.monotonic() + SECONDS
    began = time.monotonic()
    while time.monotonic() < end or len(held) < FEWEST:
        for tab in tabs:
            act(tab, url, rng)
            acts += 1
        held.append((time.monotonic() - began, memory(process.pid)))
    for tab in tabs:
        tab.wait_for_timeout(500)
        assert tab.complaints == []
        tab.context.close()
    second.close()
    at, used = np.array(held).T
    _, middle, last = (float(np.median(third)) for third in np.array_split(used, 3))
    with capsys.disabled():
        print(
            f"\nsoak: {at[-1]:.0f} s, {acts:,} acts, {middle / 1e6:.0f} MB, then {last / 1e6:.0f}"
        )
    assert last - middle < GROWTH
    assert process.poll() is None


def another(browser):
    """A second browser, a process of its own."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    arguments = ["--headless", "--no-sandbox", "--disable-gpu"]
    return browser.browser_type.launch(executable_path=chromium, args=arguments)


def act(tab, url, rng):
    """Do one of the things that users do."""
    what = rng.choice(["hover", "key", "slide", "click", "plane", "reload", "address"],
                      p=[0.4, 0.2, 0.2, 0.1, 0.05, 0.03, 0.02])  # fmt: skip
    if what == "hover":
        for _ in range(10):
            tab.mouse.move(float(rng.uniform(60, 1200)), float(rng.uniform(80, 700)))
    elif what == "key":
        tab.keyboard.press(str(rng.choice(["1", "2", "3", "r", "0", "m", "p", "b", "Escape",
                                           "ArrowLeft", "Shift+ArrowUp", "Enter"])))  # fmt: skip
    elif what == "slide":
        k, value = int(rng.integers(6)), round(float(rng.uniform(-3, 3)), 2)
        tab.evaluate(f"explorer.models().slider{k}.value = {value}")
    elif what == "click":
        tab.mouse.click(float(rng.uniform(80, 500)), float(rng.uniform(120, 500)))
    elif what == "plane":
        rows = ",".join(map(str, rng.choice(60, 3, replace=False)))
        tab.evaluate(f"explorer.models().plane_asked.value = 'places:{rows}'")
    else:
        where = url + (str(rng.choice(ADDRESSES)) if what == "address" else "")
        tab.goto("about:blank")
        tab.goto(where, timeout=1000 * PATIENCE)
        tab.wait_for_selector("html[data-ready]", state="attached", timeout=1000 * PATIENCE)
