import os
import pickle
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from filelock import FileLock
from hypothesis import HealthCheck, settings

pytest_plugins = ["left_out", "publishing_files", "small_commands"]
# the cores are shared by processes, not by the threads of one
os.environ.setdefault("OMP_NUM_THREADS", "1")
# a busy machine is no failure
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")

# what these fixtures compute takes longer than most tests
SLOW_FIXTURES = {"crew", "own_scheduler", "results"}


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    """Mark the tests that need a slow fixture, before `-m` chooses."""
    for item in items:
        if SLOW_FIXTURES.intersection(item.fixturenames):
            item.add_marker("slow")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Real data made by others."""
    folder = os.environ.get("FRACTALDREAM_REFERENCE")
    if not folder:
        pytest.skip("FRACTALDREAM_REFERENCE is unset: no reference data here")
    return Path(folder)


@pytest.fixture(scope="session")
def fd():
    """FD at 32 px, grey, in few points: renderings that take a moment."""
    from evalkit.family.renderer import renderer_of

    small = renderer_of(None, mapping="standard", size=32, palette=None)
    return replace(small, recipe=replace(small.recipe, iterations=10_000))


@pytest.fixture(scope="session")
def computed_once(tmp_path_factory):
    """A function that computes something for all workers: (name, function) -> what it returns."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent

    def computed(name, compute):
        path = folder / f"{name}.pickle"
        with FileLock(folder / f"{name}.lock"):
            if not path.exists():
                content = pickle.dumps(compute())
                path.with_suffix(".part").write_bytes(content)
                path.with_suffix(".part").replace(path)
            return pickle.loads(path.read_bytes())

    return computed


@pytest.fixture(scope="session")
def usual(fd):
    """FD at 32 px in colour, in few points: near what a shipped inverse renderer learnt from."""
    from evalkit.family.renderer import renderer_of

    whole = renderer_of(None, mapping="standard", size=32, palette="kbc")
    return replace(whole, recipe=fd.recipe)


@pytest.fixture(scope="session")
def learnt():
    """The shipped inverse renderer of images with more points than `usual`, and its figures."""
    from evalkit.family.renderer import renderer_of
    from evalkit.networks.inverse_store import SHIPPED, inverse_of

    whole = renderer_of(None, mapping="standard", size=32, palette="kbc")
    network, figures, path = inverse_of(whole, progress=False)
    assert path.parent == SHIPPED
    return network, figures


@pytest.fixture(scope="module")
def browser():
    """Chromium, for pages."""
    sync = pytest.importorskip("playwright.sync_api", reason="no playwright here")
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        pytest.skip("no chromium here: apt-get install chromium")
    with sync.sync_playwright() as running:
        it = running.chromium.launch(
            executable_path=chromium, args=["--headless", "--no-sandbox", "--disable-gpu"]
        )
        yield it
        it.close()
