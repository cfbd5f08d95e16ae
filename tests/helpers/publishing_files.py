"""What the tests of publishing share: a small set, a site, and the command line."""

import os
import re
import shutil
import tempfile
import time
from pathlib import Path

import pytest

import fractaldream as fd
import kaggle_server
from commands import command
from fractaldream.cli import main

DRY = ("publish", "small-set.h5", "--to", "kaggle", "--owner", "someone", "--dry-run", "--quiet")


def one_line(outcome):
    """The message of a run that failed: exit 2, one line, nothing claimed."""
    status, out, err = outcome
    assert (status, out) == (2, ""), outcome
    assert err.count("\n") == 1 and re.match(r"fractaldream( \w+)?: ", err), err
    assert kaggle_server.KEY not in err
    return err


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rendered")
    fd.render(fd.Recipe(n=8, size=32, iterations=4000), folder / "small-set.h5")
    return folder / "small-set.h5"


def environment(home, server):
    """What sends the client here, in its own terms, and keeps it off anyone's credentials."""
    return {
        "HOME": str(home), "KAGGLE_CONFIG_DIR": str(home / "kaggle"), "TMPDIR": str(home),
        "KAGGLE_API_ENVIRONMENT": "LOCALHOST", "http_proxy": server.url, "no_proxy": "",
        "KAGGLE_USERNAME": kaggle_server.USER, "KAGGLE_KEY": kaggle_server.KEY,
    }  # fmt: skip


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A server, and the client in this process sent to it; nothing waits."""
    import urllib3

    server = kaggle_server.start()
    home = tmp_path / "home"
    home.mkdir()
    for name in list(os.environ):
        if name.startswith("KAGGLE_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)
    for name, value in environment(home, server).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    from kaggle.api.kaggle_api_extended import KaggleApi

    # read when the client is imported, which another test may have done
    monkeypatch.setattr(KaggleApi, "args", ["--local"])
    monkeypatch.setattr(KaggleApi, "config", str(home / "kaggle" / "kaggle.json"))
    monkeypatch.setattr(urllib3.Retry, "get_backoff_time", lambda self: 0)
    clock = [time.monotonic()]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s))
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def run(rendered, tmp_path, monkeypatch, capsys):
    """The command line in this process: its exit status, stdout and stderr."""
    source = tmp_path / "small-set.h5"
    if not source.exists():
        shutil.copy2(rendered, source)
    monkeypatch.chdir(tmp_path)
    return command(main, "fractaldream", monkeypatch, capsys)


@pytest.fixture
def quick_checks(monkeypatch):
    """Croissant is validated in the tests of the stage; elsewhere that would take half the time."""
    from fractaldream.publishing import checks

    monkeypatch.setattr(checks, "check_croissant", lambda path: None)


@pytest.fixture
def staged(run):
    status, out, err = run(*DRY)
    assert status == 0, err
    assert "staged and checked" in out
    return Path("small-set-kaggle")
