"""The command: what cannot be shown is said on one line."""

import socket

import pytest
from click.testing import CliRunner

from evalkit.cli import cli
from explorer_pages import write_model
from fractaldream_base.errors import BadInput


def refused(*arguments):
    with pytest.raises(BadInput) as caught:
        words = ["explore", *arguments]
        CliRunner().invoke(cli, words, catch_exceptions=False, standalone_mode=False)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_cannot_be_shown_is_said_on_one_line(tmp_path, family):
    checkpoint = family[0]
    none = str(tmp_path / "none")
    assert f"{none}/x.html" in refused(checkpoint, "--static", f"{none}/x.html")
    assert "--points" in refused(checkpoint, "--points", "1", "--static", str(tmp_path / "x.html"))
    assert "--grid" in refused(checkpoint, "--grid", "1", "--static", str(tmp_path / "x.html"))
    for arguments in ([none + ".pt"], [checkpoint, "--data", none]):
        with pytest.raises(BadInput, match="no such file"):
            CliRunner().invoke(cli, ["explore", *arguments, "--port", "0"], catch_exceptions=False)
    narrow = write_model(tmp_path / "one.pt", latent=1)
    out = ["--static", str(tmp_path / "one.html"), "--points", "20", "--quiet"]
    assert "one latent makes no plane" in refused(narrow, "--plane", "axes:0,1", *out)
    assert "takes no labels" in refused(narrow, "--label", "3", *out)
    assert not list(tmp_path.glob("*.html"))


def test_a_port_in_use(family):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert refused(family[0], "--port", port).startswith(f"port {port} is in use")
