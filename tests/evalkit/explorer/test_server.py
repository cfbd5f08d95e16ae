"""The server: who gets an answer, and what is refused before it starts."""

import http.client
import re
import socket
import sys

import pytest
from click.testing import CliRunner

from evalkit.cli import cli
from evalkit.errors import BadInput
from evalkit.explorer import server


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


def test_a_missing_browser_is_no_browser_of_the_terminal(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert server.open_browser("http://127.0.0.1:1/") is False
