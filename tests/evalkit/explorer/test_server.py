"""The server: who gets an answer, and what is refused before it starts."""

import http.client
import re
import socket
import sys

import pytest

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


def test_a_missing_browser_is_no_browser_of_the_terminal(monkeypatch):
    for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "linux")
    assert server.open_browser("http://127.0.0.1:1/") is False
