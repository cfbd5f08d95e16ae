"""Fixtures of the explorer: a data set with its model, the command running, a page as a file."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

import fractaldream as fd
from evalkit.explorer.content import prepare
from evalkit.explorer.static import write_static
from evalkit.inputs.images import open_images
from evalkit.inputs.model import open_model
from evalkit.networks.classifier import Classifier, ClassifierConfig, Network, save_classifier
from explorer_pages import PATIENCE, SMALL, open_tab, write_model
from models_files import write_mnist


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
    # a process that a shell has started in the background ignores SIGINT, and so do its children
    ignored = signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    process.send_signal(signal.SIGTERM if ignored else signal.SIGINT)
    stderr = process.communicate(timeout=PATIENCE)[1]
    assert ignored or process.returncode == 0
    if sys.platform.startswith("linux"):
        first, *others = stderr.splitlines()  # the others: of the test that comes by another name
        assert "no browser found here" in first
        assert all("Refusing websocket" in line for line in others), stderr
